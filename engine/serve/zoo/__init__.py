"""The registry of text-to-text models that answer DialogZoo's tasks; importing it does not import torch."""

from collections.abc import Callable

from engine.registry import Registry
from engine.serve.zoo.base import ZooModel

ZOO_MODELS: Registry[Callable[[], ZooModel]] = Registry("text-to-text model", {
    "local": ("engine.serve.zoo.local:open_local", "The weights in checkpoints/zoo, on this machine."),
    "remote": ("engine.serve.zoo.remote:open_remote", "An engine on another machine, at the address in ENGINE_URL."),
    "fake": ("engine.serve.zoo.fake:open_fake", "Deterministic answers without weights, for tests of pages."),
})

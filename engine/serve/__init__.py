"""The registry of predictors; importing it does not import torch."""

from collections.abc import Callable

from engine.registry import Registry
from engine.serve.base import Predictor

PREDICTORS: Registry[Callable[[], Predictor]] = Registry("predictor", {
    "local": ("engine.serve.local:open_local", "The weights in checkpoints/, on this machine."),
    "remote": ("engine.serve.remote:open_remote", "An engine on another machine, at the address in ENGINE_URL."),
    "fake": ("engine.serve.fake:open_fake", "Deterministic answers without weights, for tests of pages."),
})

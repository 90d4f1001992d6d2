"""A published schema of services with slots and their descriptions (Schema-Guided Dialogue; MultiWOZ 2.2 takes the same form)."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.corpora.files import json_items, record, text_of
from engine.zoo.datasets.shape import words
from engine.zoo.knowledge import Description

Schema = Mapping[str, tuple[tuple[str, str], ...]]
"""Service to its slots as words, with what is said of them."""


def read_schema(path: Path, tracked: Container[str] | None = None) -> Schema:
    """The slots of each service that a state may have: those in ``tracked``, or else those that one of its intents takes.

    Raises:
        InputError: The file is damaged.
    """
    services: dict[str, tuple[tuple[str, str], ...]] = {}
    for index, raw in json_items(path):
        with record(path, f"/{index}"):
            service = text_of(raw["service_name"])
            known = tracked if tracked is not None else {slot for intent in raw["intents"] for slot in (*intent["required_slots"], *intent["optional_slots"])}
            services[service] = tuple((_name(service, slot["name"]), text_of(slot["description"])) for slot in raw["slots"] if slot["name"] in known)
    return services


def described(schema: Schema, services: Iterable[str], dataset: str) -> Description:
    """The slots of some services, in their order."""
    return Description(tuple(slot for service in services for slot in schema.get(service, ())), f"the slots of {dataset}")


def _name(service: str, slot: Any) -> str:
    """MultiWOZ's slots have their service's name in them, those of the original have not."""
    return words(slot if slot.startswith(f"{service}-") else f"{service}-{slot}")

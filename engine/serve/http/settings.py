"""What a server takes and from whom; every number is a default that a flag or a test may change."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from engine.dialogue.limits import LIMITS, Limits
from engine.dialogue.model import Dialogue
from engine.errors import RefusedError

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
"""Names under which a machine calls itself."""
UPLOAD = replace(LIMITS, bytes=20_000_000, turns=2_000, dialogues=20_000, files=500)
"""A file to convert: smaller than what a page takes, since nobody watches it."""
ASKED = replace(LIMITS, bytes=4_000_000, turns=2_000, dialogues=200)
"""The body of a question in JSON, and the dialogues in it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """How a server behaves towards its clients."""

    token: str | None = field(default=None, repr=False)
    """Every request must bring it (``Authorization: Bearer ...``) or a cookie that it was given for; None: none is needed."""
    room: str = field(default="", repr=False)
    """Lets phones into the talk alone, beside the token; empty: there is no talk."""
    try_rate: float = 0.1
    """Wrong tokens per second of one client, in the long run; 0: any number."""
    tries: float = 5.0
    """Wrong tokens of one client at once."""
    hosts: tuple[str, ...] = LOCAL_HOSTS
    """Names, without port, by which this server may be addressed: a page of another site that rebinds its name to us is refused."""
    proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies whose ``X-Forwarded-For`` is believed."""
    rate: float = 50.0
    """Requests per second of one client, in the long run; 0: any number."""
    burst: float = 200.0
    """Requests of one client at once."""
    clients: int = 10_000
    """How many clients are remembered for that."""
    body_seconds: float = 30.0
    """For a client to send its whole request."""
    seconds: float = 120.0
    """Until an answer is given up, where the client does not say."""
    most_seconds: float = 600.0
    """What a client may say."""
    at_once: int = 64
    """Requests at work or waiting for a model; one more is refused at once."""
    asked: Limits = ASKED
    upload: Limits = UPLOAD
    characters: int = 100_000
    """Of one dialogue."""


def check_size(dialogues: list[Dialogue], settings: Settings) -> None:
    """Refuse more than a server takes.

    Raises:
        RefusedError: Too many dialogues, or turns or characters of one; names the place.
    """
    limits = settings.asked
    if len(dialogues) > limits.dialogues:
        raise RefusedError("too_large", f"{len(dialogues):,} dialogues are more than {limits.dialogues:,}", where="/dialogues",
                           remedy="ask in several requests")
    for number, dialogue in enumerate(dialogues):
        characters = sum(len(turn.text) for turn in dialogue.turns)
        for count, most, unit in ((len(dialogue.turns), limits.turns, "turns"), (characters, settings.characters, "characters")):
            if count > most:
                raise RefusedError("too_large", f"a dialogue of {count:,} {unit} is longer than {most:,}", where=f"dialogue {number + 1}, {dialogue.id[:60]!r}",
                                   remedy="cut it into shorter ones")

"""A text-to-text model on another machine, over its JSON API."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing

from pydantic import TypeAdapter

from engine.errors import MissingDataError
from engine.serve.remote import Line, line_from_environment
from engine.serve.wire import Models
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooQuestion
from engine.serve.zoo.wire import ANSWERS, PROMPT, plain, restored
from engine.zoo.prompt import Prompt

_MODELS = TypeAdapter(Models)


class RemoteZoo:
    """Implements `engine.serve.zoo.base.ZooModel` over a `Line`; the card is fetched once."""

    def __init__(self, line: Line) -> None:
        self._line = line
        found: Models = line.get("/models", _MODELS)
        if found.zoo is None:
            raise MissingDataError(f"the engine has no text-to-text model ({found.zoo_trouble.removesuffix('.')})", where=line.url,
                                   remedy="mend it there, then try again")
        self.card: ZooCard = found.zoo

    def prompt(self, question: ZooQuestion) -> Prompt:
        """See `ZooModel`."""
        found: Prompt = self._line.ask("/zoo/prompt", json.dumps(plain(question)).encode(), PROMPT)
        return found

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """See `ZooModel`; what ``stop`` ends is given as far as it was told, and counts as invalid."""
        body = json.dumps({"questions": list(map(plain, questions)), "constrained": constrained}).encode()
        last: dict[int, tuple[str, int]] = {}
        with closing(self._line.lines("/zoo/questions", body)) as lines:
            for line in lines:
                if "result" in line:
                    return list(map(restored, self._line.read(line["result"], ANSWERS)))
                if line:
                    last[line["place"]] = line["text"], line["tokens"]
                    if told:
                        told(line["place"], line["text"])
                if stop():
                    break
        return [unfinished(question, self.prompt(question), *last.get(place, ("", 0))) for place, question in enumerate(questions)]


def unfinished(question: ZooQuestion, prompt: Prompt, text: str, tokens: int) -> ZooAnswer:
    """An answer whose writing was ended, as far as it was told."""
    return restored(ZooAnswer(task=question.task, prompt=prompt, text=text, answer=None, valid=False, tokens=tokens, stopped=True))


def open_remote() -> RemoteZoo:
    """The model at ``ENGINE_URL``.

    Raises:
        InputError: The variable holds no address.
        UnreachableError: No engine answers there.
        MissingDataError: The engine has no such model.
    """
    return RemoteZoo(line_from_environment())

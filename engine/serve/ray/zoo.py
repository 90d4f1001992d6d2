"""A text-to-text model that replicas on a Ray cluster answer with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from engine.errors import UnreachableError
from engine.serve.ray.call import Call, Lost, another, failures, read
from engine.serve.ray.replica import Outcome
from engine.serve.request import current
from engine.serve.zoo.base import Told, ZooAnswer, ZooCard, ZooQuestion
from engine.serve.zoo.remote import unfinished
from engine.zoo.prompt import Prompt


class RayZoo:
    """Implements `engine.serve.zoo.base.ZooModel`; errors beside those of the contract as of `RayPredictor`.

    Args:
        model: The handle of the deployment `engine.serve.ray.zoo_replica.Zoo`.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self.card: ZooCard = Call(model.card.remote).answer(current().check)

    def prompt(self, question: ZooQuestion) -> Prompt:
        """See `ZooModel`."""
        found: Prompt = Call(lambda: self._model.prompt.remote(question)).answer(current().check)
        return found

    def answer(self, questions: Sequence[ZooQuestion], *, constrained: bool = True, told: Told | None = None,
               stop: Callable[[], bool] = lambda: False) -> list[ZooAnswer]:
        """See `ZooModel`; what ``stop`` ends is given as far as it was told, and counts as invalid. Where a replica dies, all is told anew."""
        tries = 0
        while True:
            try:
                with failures():
                    return self._written(questions, constrained, told, stop)
            except Lost:
                tries = another(tries)

    def _written(self, questions: Sequence[ZooQuestion], constrained: bool, told: Told | None, stop: Callable[[], bool]) -> list[ZooAnswer]:
        texts, tokens = [""] * len(questions), [0] * len(questions)
        response = self._model.options(stream=True).answer.remote(tuple(questions), constrained)
        for said in response:
            if isinstance(said, Outcome):
                found: list[ZooAnswer] = read(said)
                return found
            if said:
                place, texts[said[0]] = said
                tokens[place] += 1
                if told:
                    told(*said)
            if stop():
                response.cancel()
                return [unfinished(question, self.prompt(question), text, count) for question, text, count in zip(questions, texts, tokens, strict=True)]
        raise UnreachableError("the model on Ray broke off in the midst of its answer", remedy="try again")

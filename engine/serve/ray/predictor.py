"""A predictor whose variants are answered by replicas on a Ray cluster, each variant by one that holds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from engine.dialogue.model import Dialogue
from engine.errors import UnreachableError
from engine.serve.asked import Comparison, Probing, check_names
from engine.serve.base import Coverage, Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress
from engine.serve.ray.call import Call
from engine.serve.ray.described import joined
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
from engine.serve.request import current
from engine.serve.state import Description

Arguments = Callable[[Sequence[str]], Mapping[str, Any]]
"""A method's arguments for some variants."""
DESCRIBED_S = 5.0
"""How long replicas may take to say how they are."""


class RayPredictor:
    """Implements `engine.serve.base.Predictor`; who asks and until when is `engine.serve.request.current`.

    Beside the errors of the contract each call may raise QueueFullError, DeadlineError, Interrupted, NoMemoryError, WorkerError and
    UnreachableError.

    Args:
        variants: The handle of the deployment `engine.serve.ray.replica.Variants`.
    """

    def __init__(self, variants: Any) -> None:
        self._variants = variants
        self._aside = ThreadPoolExecutor(2, "describe")  # Ray refuses to wait in a thread that runs an event loop
        self._warming: list[Any] = []
        self.card: PredictorCard = Call(variants.card.remote).answer(current().check)

    def _call(self, variant: str, method: str, arguments: Mapping[str, Any]) -> Call:
        handle = self._variants.options(multiplexed_model_id=variant)
        return Call(lambda: handle.ask.remote(method, arguments, current().seconds_left))

    def _each(self, method: str, variants: Sequence[str], arguments: Arguments, progress: Progress | None = None) -> list[Any]:
        """What each variant answers, all asked at once; without variants the answer of nobody, for its errors alone."""
        current().check()
        calls = [self._call(name, method, arguments([name])) for name in variants] or [self._call(self._first, method, arguments([]))]
        found: list[Any] = []

        def tend() -> None:
            current().check()
            if progress:
                progress(len(found) / len(calls), f"{len(found)} of {len(calls)} variants have answered")

        try:
            for call in calls:
                found.append(call.answer(tend))
                tend()
        finally:
            for call in calls:
                call.cancel()
        return found

    @property
    def _first(self) -> str:
        """Whoever holds this variant is asked what concerns none."""
        return self.card.variants[0].name

    def _one(self, method: str, **arguments: Any) -> Any:
        return self._each(method, [self._first], lambda _: arguments)[0]

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """See the contract."""
        check_names(self.card, variants, tasks)
        found = self._each("compare", variants, lambda names: {"asked": Comparison(
            dialogue=dialogue, variants=names, tasks=tuple(tasks), candidates=tuple(candidates))}, progress)
        return [one for said in found for one in said]

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """See the contract."""
        return self.probe_all([question], variants=variants)[0]

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """See the contract."""
        check_names(self.card, variants, (), [question.objective for question in questions])
        found = self._each("probe_all", variants, lambda names: {"asked": Probing(questions=tuple(questions), variants=names)}, progress)
        return [[one for said in found for one in said[place]] for place in range(len(questions))]

    def explain(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
                baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None, progress: Progress | None = None) -> list[Attribution]:
        """See the contract."""
        check_names(self.card, variants, [task])
        found = self._each("explain", variants, lambda names: {
            "dialogue": dialogue, "variants": names, "task": task, "turn": turn, "target": target, "candidates": tuple(candidates), "baseline": baseline,
            "steps": steps, "shuffled": shuffled}, progress)
        return [one for said in found for one in said]

    def ablate(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
               blank: bool = False, progress: Progress | None = None) -> list[Ablation]:
        """See the contract."""
        check_names(self.card, variants, [task])
        found = self._each("ablate", variants, lambda names: {
            "dialogue": dialogue, "variants": names, "task": task, "turn": turn, "target": target, "candidates": tuple(candidates), "blank": blank}, progress)
        return [one for said in found for one in said]

    def seen(self, dialogue: Dialogue, *, variant: str, task: str, turn: int, candidates: Sequence[str] = ()) -> Seen:
        """See the contract."""
        check_names(self.card, [variant], [task])
        asked = {"dialogue": dialogue, "variant": variant, "task": task, "turn": turn, "candidates": tuple(candidates)}
        found: Seen = self._each("seen", [variant], lambda _: asked)[0]
        return found

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """See the contract."""
        found: list[tuple[str, ...]] = self._one("pieces", words=tuple(words))
        return found

    def coverage(self, dialogue: Dialogue) -> Coverage:
        """See the contract."""
        found: Coverage = self._one("coverage", dialogue=dialogue)
        return found

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """See the contract."""
        found: Mapping[str, str] = self._one("files", variants=tuple(variants), tasks=tuple(tasks), objectives=tuple(objectives))
        return found

    def warm(self) -> None:
        """See the contract; each variant is loaded by one replica, others load it when they are asked."""
        self._warming = [self._variants.options(multiplexed_model_id=card.name).load.remote() for card in self.card.variants]

    def describe(self) -> Description:
        """See the contract; all replicas together.

        Raises:
            UnreachableError: None answers.
        """
        found = self._aside.submit(self._described).result()
        if not found:
            raise UnreachableError("no replica on Ray says how it is", remedy="try again, or look into Ray's logs")
        return joined(found)

    def _described(self) -> list[Description]:
        try:
            said = self._variants.broadcast("describe").results(timeout_s=DESCRIBED_S, return_exceptions=True)
        except TimeoutError:
            return []
        return [one for one in said if isinstance(one, Description)]

"""What a replica answers with: a predictor that several requests may ask at once, and whose variants can be let go one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from engine.serve.asked import Comparison, Probing, Together, check_names
from engine.serve.base import Prediction, ProbeAnswer, Progress
from engine.serve.fake import FakePredictor


class Inner(Together, Protocol):
    """A predictor with variants that come and go."""

    def load(self, variant: str) -> None:
        """Load all of a variant now; what cannot be loaded is told by `describe`."""
        ...

    def forget(self, variant: str) -> None:
        """Let all of a variant go; it is loaded again when asked for."""
        ...


class FakeInner(FakePredictor):
    """The fake predictor, asked one request after the other; nothing comes or goes."""

    def check(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> None:
        """See `Together`."""
        check_names(self.card, variants, tasks, objectives)

    def compare_many(self, asked: Sequence[Comparison], tells: Sequence[Progress]) -> Iterator[tuple[int, list[Prediction] | Exception]]:
        """See `Together`."""
        for number, (one, tell) in enumerate(zip(asked, tells, strict=True)):
            try:
                yield number, self.compare(one.dialogue, variants=one.variants, tasks=one.tasks, candidates=one.candidates, progress=tell)
            except Exception as error:  # of this request alone
                yield number, error

    def probe_many(self, asked: Sequence[Probing], tells: Sequence[Progress]) -> Iterator[tuple[int, list[list[ProbeAnswer]] | Exception]]:
        """See `Together`."""
        for number, (one, tell) in enumerate(zip(asked, tells, strict=True)):
            try:
                yield number, self.probe_all(one.questions, variants=one.variants, progress=tell)
            except Exception as error:  # of this request alone
                yield number, error

    def let_go(self) -> None:
        """See `Together`."""

    def load(self, variant: str) -> None:
        """See `Inner`."""

    def forget(self, variant: str) -> None:
        """See `Inner`."""


def open_local() -> Inner:
    """The weights in ``checkpoints/`` (errors as that predictor's own opening)."""
    from engine.serve.local import open_alone

    return open_alone()


OPENINGS: Mapping[str, Callable[[], Inner]] = {"local": open_local, "fake": FakeInner}
"""Names of the registry `PREDICTORS` that a replica can open; ``remote`` is none of them."""

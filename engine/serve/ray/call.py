"""A question to whatever replica takes it; where that one dies it is asked again, since answers depend on the question alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ray.exceptions import (
    GetTimeoutError,
    NodeDiedError,
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    RayTaskError,
    TaskCancelledError,
    WorkerCrashedError,
)
from ray.serve.exceptions import BackPressureError, RayServeException

from engine.errors import QueueFullError, UnreachableError, WorkerError
from engine.serve.problems import error_of
from engine.serve.ray.replica import Outcome

LOG = logging.getLogger("dialatlas")
TRIES = 5
"""How often a question is asked again whose replica died."""
LOOK_S = 0.1
"""How often a waiting thread looks whether its question is still wanted."""
AGAIN_S = 2.0
"""After how long it is worth trying again where too many wait."""


class Call:
    """One question under way.

    Args:
        ask: Hands it to Ray.
    """

    def __init__(self, ask: Callable[[], Any]) -> None:
        self._ask, self._tries, self._done = ask, 0, False
        with failures():
            self._response = ask()

    def answer(self, tend: Callable[[], None]) -> Any:
        """What the replica says, waited for in this thread.

        Args:
            tend: Called as long as it has not said it; what this raises ends the wait.

        Raises:
            DialAtlasError: What the replica raised.
            WorkerError: Replicas died more often than `TRIES`.
            QueueFullError: Too many questions wait.
            UnreachableError: The deployment is gone.
        """
        while True:
            try:
                with failures():
                    said = self._response.result(timeout_s=LOOK_S, _skip_asyncio_check=True)
            except TimeoutError as error:
                if isinstance(error, RayTaskError):  # of the replica's own work
                    raise
                tend()
            except Lost:
                self._again()
            else:
                self._done = True
                return read(said)

    def _again(self) -> None:
        self._tries = another(self._tries)
        with failures():
            self._response = self._ask()

    def cancel(self) -> None:
        """Nobody waits for it any more."""
        if not self._done:
            self._response.cancel()


class Lost(Exception):
    """A replica went down with a question in hand."""


def another(tries: int) -> int:
    """One try more.

    Raises:
        WorkerError: There were too many.
    """
    if tries >= TRIES:
        raise WorkerError(f"{TRIES + 1} replicas died with this question in hand", remedy="ask for less at once, or look into Ray's logs")
    LOG.warning("a replica died, its question is asked again")
    return tries + 1


def read(said: Outcome) -> Any:
    """The answer.

    Raises:
        DialAtlasError: As it was raised over there.
    """
    if said.problem:
        raise error_of(said.problem)
    return said.answer


@contextmanager
def failures() -> Iterator[None]:
    """Ray's own errors as ours; what failed inside a replica for no reason of ours goes on as it is, with its traceback."""
    try:
        yield
    except (RayTaskError, GetTimeoutError):
        raise
    except BackPressureError as error:
        raise QueueFullError(int(error.args[0]), AGAIN_S) from error
    except (RayActorError, WorkerCrashedError, NodeDiedError, ObjectLostError, OutOfMemoryError, TaskCancelledError) as error:
        raise Lost from error
    except (RayServeException, RayError) as error:
        raise UnreachableError(f"the models on Ray do not answer ({type(error).__name__})", remedy="start `python -m engine serve --ray` anew") from error

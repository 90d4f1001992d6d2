"""A predictor on another machine, over its JSON API; errors come back as the classes that they were there."""

from __future__ import annotations

import json
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from engine.dialogue.model import Dialogue
from engine.errors import InputError, UnreachableError
from engine.serve.base import Coverage, Prediction, PredictorCard, ProbeAnswer, ProbeQuestion, Progress
from engine.serve.problems import UNEXPECTED, error_of
from engine.serve.reasons import STEPS, Ablation, Attribution, Baseline, Seen
from engine.serve.request import current
from engine.serve.state import Description
from engine.serve.wire import METHODS, NDJSON, PROBLEM, SECONDS, VERSION, VISITOR, Models

_PATIENCE_S = 600.0
"""For an answer, where nobody set a deadline; a stream shows a sign of life more often."""
_MODELS = TypeAdapter(Models)


class Line:
    """The way to an engine: its address, its token, and a pool of connections that all threads share.

    Args:
        url: Where the engine is, e.g. ``https://lab.example.org:8501``.
        token: Its token, if it wants one.

    Raises:
        InputError: That is no address of a web server.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = checked(url)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(base_url=f"{self.url}/api/{VERSION}", headers=headers, follow_redirects=False, trust_env=False,
                                    timeout=httpx.Timeout(_PATIENCE_S, connect=5.0), limits=httpx.Limits(max_connections=None))

    def get(self, path: str, adapter: TypeAdapter[Any]) -> Any:
        """What is at a path (errors as `ask`)."""
        with self._told():
            return self._read(self._client.get(path, headers=_headers()), adapter)

    def ask(self, path: str, body: bytes, adapter: TypeAdapter[Any], progress: Progress | None = None) -> Any:
        """The answer to a JSON body; with ``progress``, told on the way. What ``progress`` raises ends the work over there too.

        Raises:
            DialAtlasError: What the engine raised.
            UnreachableError: It does not answer, or not as an engine does.
        """
        if progress is None:
            with self._told():
                return self._read(self._client.post(path, content=body, headers=_headers() | {"Content-Type": "application/json"}), adapter)
        with closing(self.lines(path, body)) as lines:  # closed at once where progress raises
            for told in lines:
                if "result" in told:
                    return self.read(told["result"], adapter)
                if told:
                    progress(told["progress"], told["words"])
        raise AssertionError("a stream ends with a result or an error")

    def read(self, result: Any, adapter: TypeAdapter[Any]) -> Any:
        """The result of a stream (errors as `ask`)."""
        with self._told():
            return adapter.validate_python(result)

    def lines(self, path: str, body: bytes) -> Generator[dict[str, Any], None, None]:
        """Everything that a stream tells, nothing now and then, its result last (errors as `ask`); closing this ends the work over there."""
        headers = _headers() | {"Content-Type": "application/json", "Accept": NDJSON}
        with self._told(), self._client.stream("POST", path, content=body, headers=headers) as answer:
            if answer.status_code != 200:
                answer.read()
                self._raise(answer)
            for line in answer.iter_lines():
                told = json.loads(line or "{}")
                if "problem" in told:
                    raise error_of(PROBLEM.validate_python(told["problem"]))
                yield told
                if "result" in told:
                    return
        raise UnreachableError(f"the engine at {self.url} broke off in the midst of its answer", remedy="try again, or look whether it still runs")

    def _read(self, answer: httpx.Response, adapter: TypeAdapter[Any]) -> Any:
        if answer.status_code != 200:
            self._raise(answer)
        return adapter.validate_json(answer.content)

    def _raise(self, answer: httpx.Response) -> None:
        problem = PROBLEM.validate_json(answer.content)
        if problem.code == UNEXPECTED:
            raise UnreachableError(f"the engine at {self.url} failed; its log holds the details under id {problem.details.get('id')}", remedy="try again")
        raise error_of(problem)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Failures of the way there as sentences."""
        try:
            yield
        except httpx.TimeoutException:
            raise UnreachableError(f"the engine at {self.url} does not answer in time", remedy="look whether it runs, or try again") from None
        except httpx.HTTPError as error:
            raise UnreachableError(f"the engine at {self.url} does not answer ({type(error).__name__})",
                                   remedy="start it with `python -m engine serve`, or correct ENGINE_URL") from None
        except (ValidationError, ValueError, KeyError):
            raise UnreachableError(f"what answers at {self.url} is no engine of this version",
                                   remedy="correct ENGINE_URL, or bring both machines to the same version") from None


def checked(url: str) -> str:
    """An engine's address without its last slash.

    >>> checked("http://localhost:8501/")
    'http://localhost:8501'

    Raises:
        InputError: It is not ``http://`` or ``https://`` with a host, or holds a name, a query or a port that is none.
    """
    try:
        parts = urlsplit(url.strip())
        good = parts.scheme in ("http", "https") and parts.hostname and (parts.port is None or parts.port > 0) and "@" not in parts.netloc
    except ValueError:
        good = False
    if not good or parts.query or parts.fragment:
        raise InputError(f"{url[:100]!r} is not the address of an engine", where="ENGINE_URL", remedy="write it as http://HOST:PORT or https://HOST")
    return url.strip().rstrip("/")


class RemotePredictor:
    """Implements `engine.serve.base.Predictor` over a `Line`; the card is fetched once."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self.card: PredictorCard = line.get("/models", _MODELS).card

    def _ask(self, name: str, progress: Progress | None = None, **arguments: Any) -> Any:
        method = METHODS[name]
        return self._line.ask(f"/predictor/{name}", body_of(method.request, arguments), method.adapter, progress)

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """See the contract."""
        found: list[Prediction] = self._ask("compare", progress, dialogue=dialogue, variants=variants, tasks=tasks, candidates=candidates)
        return found

    def probe(self, question: ProbeQuestion, *, variants: Sequence[str]) -> list[ProbeAnswer]:
        """See the contract."""
        found: list[ProbeAnswer] = self._ask("probe", question=question, variants=variants)
        return found

    def explain(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
                baseline: Baseline = "mask", steps: int = STEPS, shuffled: int | None = None, progress: Progress | None = None) -> list[Attribution]:
        """See the contract."""
        found: list[Attribution] = self._ask("explain", progress, dialogue=dialogue, variants=variants, task=task, turn=turn, target=target,
                                             candidates=candidates, baseline=baseline, steps=steps, shuffled=shuffled)
        return found

    def ablate(self, dialogue: Dialogue, *, variants: Sequence[str], task: str, turn: int, target: str | None = None, candidates: Sequence[str] = (),
               blank: bool = False, progress: Progress | None = None) -> list[Ablation]:
        """See the contract."""
        found: list[Ablation] = self._ask("ablate", progress, dialogue=dialogue, variants=variants, task=task, turn=turn, target=target,
                                          candidates=candidates, blank=blank)
        return found

    def seen(self, dialogue: Dialogue, *, variant: str, task: str, turn: int, candidates: Sequence[str] = ()) -> Seen:
        """See the contract."""
        found: Seen = self._ask("seen", dialogue=dialogue, variant=variant, task=task, turn=turn, candidates=candidates)
        return found

    def probe_all(self, questions: Sequence[ProbeQuestion], *, variants: Sequence[str], progress: Progress | None = None) -> list[list[ProbeAnswer]]:
        """See the contract."""
        found: list[list[ProbeAnswer]] = self._ask("probe_all", progress, questions=questions, variants=variants)
        return found

    def pieces(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """See the contract."""
        found: list[tuple[str, ...]] = self._ask("pieces", words=words)
        return found

    def coverage(self, dialogue: Dialogue) -> Coverage:
        """See the contract."""
        found: Coverage = self._ask("coverage", dialogue=dialogue)
        return found

    def files(self, variants: Sequence[str], tasks: Sequence[str] = (), objectives: Sequence[str] = ()) -> Mapping[str, str]:
        """See the contract."""
        found: Mapping[str, str] = self._ask("files", variants=variants, tasks=tasks, objectives=objectives)
        return found

    def warm(self) -> None:
        """See the contract."""
        self._ask("warm")

    def describe(self) -> Description:
        """See the contract."""
        found: Description = self._ask("describe")
        return found


def body_of(request: type[BaseModel], arguments: Mapping[str, Any]) -> bytes:
    """A request's JSON; the values are the program's own, so that they are not checked here but over there."""
    return request.model_construct(**arguments).model_dump_json().encode()


def _headers() -> dict[str, str]:
    """Who asks, and until when, as `engine.serve.request` knows it."""
    asked = current()
    left = {} if asked.seconds_left is None else {SECONDS: f"{max(0.001, asked.seconds_left):.3f}"}
    visitor = "".join(letter for letter in asked.visitor if letter.isascii() and letter.isprintable())
    return left | ({VISITOR: visitor} if visitor else {})


def line_from_environment() -> Line:
    """The line to ``ENGINE_URL``, with ``DIALATLAS_TOKEN`` where that is set.

    Raises:
        InputError: The variable holds no address, or is not set.
    """
    return Line(os.environ.get("ENGINE_URL", ""), os.environ.get("DIALATLAS_TOKEN") or None)


def open_remote() -> RemotePredictor:
    """The predictor at ``ENGINE_URL``.

    Raises:
        InputError: The variable holds no address.
        UnreachableError: No engine answers there.
    """
    return RemotePredictor(line_from_environment())

"""Prometheus metrics of one server: requests, their time, work in threads, and the state of the models."""

from __future__ import annotations

import time
from collections.abc import Iterable
from contextlib import suppress

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import DialAtlasError
from engine.serve.base import Predictor
from engine.serve.http.work import Crew
from engine.serve.shared import OPENINGS
from engine.serve.state import State
from engine.serve.wire import VERSION

STATES: tuple[State, ...] = ("not loaded", "loading", "ready", "failed")
_METHODS = ("GET", "POST", "PUT", "HEAD", "DELETE", "OPTIONS")
_SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class Metrics:
    """One registry per server, so that two servers in a process do not mix."""

    def __init__(self, predictor: Predictor, crew: Crew) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("dialatlas_requests", "HTTP requests", ["room", "method", "status"], registry=self.registry)
        self.seconds = Histogram("dialatlas_request_seconds", "From a request to its whole answer", ["room"], buckets=_SECONDS, registry=self.registry)
        self.registry.register(_Models(predictor, crew))
        ProcessCollector(registry=self.registry)


class _Models(Collector):
    """What is asked for at the moment of a scrape."""

    def __init__(self, predictor: Predictor, crew: Crew) -> None:
        self._predictor, self._crew = predictor, crew

    def collect(self) -> Iterable[Metric]:
        """Parts by state, and busy threads."""
        parts = GaugeMetricFamily("dialatlas_parts", "Models by state", labels=["state"])
        with suppress(DialAtlasError):  # an engine elsewhere that is not there: what is known here is told all the same
            described = self._predictor.describe()
            for state in STATES:
                parts.add_metric([state], described.count(state))
        yield parts
        openings = CounterMetricFamily("dialatlas_openings", "How often each model was opened by this process", labels=["model"])
        for model, count in OPENINGS.items():
            openings.add_metric([model], count)
        yield openings
        yield GaugeMetricFamily("dialatlas_busy", "API requests at work or waiting for a model", value=self._crew.busy)

    def describe(self) -> Iterable[Metric]:
        """Nothing is asked of the models while the registry is made."""
        return ()


class Counted:
    """Counts and times every HTTP request by the room that answers it: an API route, ``pages``, ``talk``, ... (never a client's own words)."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, and count."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path, began, status = scope["path"], time.monotonic(), 0

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            room = room_of(path, getattr(scope.get("route"), "path", ""))
            self._metrics.requests.labels(room, scope["method"] if scope["method"] in _METHODS else "other", str(status)).inc()
            self._metrics.seconds.labels(room).observe(time.monotonic() - began)


def room_of(path: str, route: str) -> str:
    """The label of a request.

    >>> room_of("/api/v1/predict", "/predict"), room_of("/api/v1/../x", ""), room_of("/compare", ""), room_of("/talk/x", "")
    ('/api/v1/predict', 'api', 'pages', 'talk')
    """
    if path == "/api" or path.startswith("/api/"):
        return f"/api/{VERSION}{route.removeprefix(f'/{VERSION}')}" if route else "api"
    first = path.split("/")[1] if path.startswith("/") else ""
    return first if first in ("talk", "healthz", "metrics", "mcp") else "pages"

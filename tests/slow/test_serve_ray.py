"""The server with its models on Ray: two replicas on this machine, one killed under load; the same answers, errors and limits as without."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import psutil
import pytest

from engine.__main__ import main
from engine.dialogue.model import Dialogue
from engine.dialogue.samples import samples
from engine.errors import DeadlineError, Interrupted
from engine.serve import shared
from engine.serve.base import Prediction, Predictor, Progress
from engine.serve.fake import FakePredictor
from engine.serve.http.settings import Settings
from engine.serve.ray.inner import FakeInner, open_local
from engine.serve.remote import Line, RemotePredictor
from engine.serve.request import asking
from engine.serve.shared import LazyZoo
from engine.serve.zoo.fake import FakeZoo
from tests.unit.http_server import HOSTS, TALK, made, running, until
from tests.unit.test_http_remote import contract_tests
from tests.unit.test_serve_ray_calls import posed

NAMES = [card.name for card in FakePredictor().card.variants]
SAMPLE = samples()["train and hotel"]
REPLICA = "ray::ServeReplica:dialatlas-variants"
LIMITS = {"hosts": HOSTS, "rate": 0.0, "characters": 5_000}


class Slow(FakeInner):
    """The fake predictor in no hurry: a dialogue called ``long`` takes a minute, one called ``bug`` fails for no reason of ours."""

    def compare(self, dialogue: Dialogue, *, variants: Sequence[str], tasks: Sequence[str],
                candidates: Sequence[str] = (), progress: Progress | None = None) -> list[Prediction]:
        """See the contract."""
        if dialogue.id == "bug":
            raise ZeroDivisionError
        for _ in range(1200 if dialogue.id == "long" else 1):
            time.sleep(0.05)
            assert progress
            progress(0.0, "reads on")
        return super().compare(dialogue, variants=variants, tasks=tasks, candidates=candidates, progress=progress)


@pytest.fixture(scope="module")
def models() -> Iterator[tuple[Predictor, LazyZoo]]:
    """Two replicas, and at the end none."""
    from engine.serve.ray.opened import Scale, on_ray

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIALATLAS_PREDICTOR", "fake")
        patch.setenv("DIALATLAS_ZOO", "fake")
        with on_ray("local", Scale(least=2, most=2), Slow) as found:
            yield found
        shared.withdraw()
    assert until(lambda: not processes("ray::")), "processes of Ray are left"


@pytest.fixture(scope="module")
def url(models: tuple[Predictor, LazyZoo]) -> Iterator[str]:
    with running(made(*models, **LIMITS)) as address:
        yield address


@pytest.fixture(scope="module")
def far(url: str) -> Predictor:
    return RemotePredictor(Line(url))


@pytest.fixture(scope="module")
def plain() -> Iterator[str]:
    with running(made(**LIMITS)) as address:
        yield address


def processes(start: str) -> list[psutil.Process]:
    found = []
    for one in psutil.Process().children(recursive=True):
        try:
            if one.cmdline()[:1] and one.cmdline()[0].startswith(start):
                found.append(one)
        except psutil.Error:  # it has just ended
            continue
    return found


def talks(count: int) -> list[Dialogue]:
    """Different dialogues."""
    turns = SAMPLE.turns
    return [replace(SAMPLE, id=f"talk {number}", turns=(replace(turns[0], text=f"{turns[0].text} For {number} people."), *turns[1:]))
            for number in range(count)]


@pytest.mark.parametrize(("module", "test"), contract_tests())
def test_the_contract_is_kept_over_http(module: Any, test: Any, far: Predictor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FAKE", far)
    test()


@pytest.mark.parametrize(("path", "body"), [
    ("predict", {"dialogues": [TALK], "variants": ["bret"]}),
    ("predict", {"dialogues": [TALK], "tasks": ["intnet"]}),
    ("predict", {"dialogues": [{"turns": [{"speaker": "user", "text": "much " * 2_000}]}]}),
    ("predict", {"dialogues": [{"turns": [{"speaker": "bot", "text": "hello"}]}]}),
    ("predictor/compare", {"dialogue": {"corpus": "x", "id": "x", "split": "all", "turns": []}, "variants": ["bert"], "tasks": ["intent"]}),
    ("predictor/files", {"variants": ["bret"]}),
    ("predict", {"dialogues": [TALK], "variants": ["bert", "crm"]}),
])
def test_answers_and_errors_are_those_of_the_plain_server(path: str, body: dict[str, Any], url: str, plain: str) -> None:
    here, there = (httpx.post(f"{address}/api/v1/{path}", json=body, trust_env=False, timeout=120) for address in (url, plain))
    assert (here.status_code, here.json()) == (there.status_code, there.json())


def test_a_body_over_the_limit_is_refused_alike(url: str, plain: str) -> None:
    body = b'{"dialogues": [' + b" " * Settings().asked.bytes + b"]}"
    here, there = (httpx.post(f"{address}/api/v1/predict", content=body, headers={"Content-Type": "application/json"}, trust_env=False, timeout=120)
                   for address in (url, plain))
    assert (here.status_code, here.json()) == (there.status_code, there.json()) and here.json()["code"] == "too_large"


def test_a_deadline_ends_the_work_and_the_next_request_is_served(models: tuple[Predictor, LazyZoo], far: Predictor) -> None:
    long = replace(SAMPLE, id="long")
    with asking("somebody", seconds=3.0), pytest.raises(DeadlineError):
        models[0].compare(long, variants=["bert"], tasks=["intent"])
    with asking("somebody", seconds=3.0), pytest.raises(DeadlineError):
        far.compare(long, variants=["bert"], tasks=["intent"])
    assert far.compare(SAMPLE, variants=["bert"], tasks=["intent"]) == FakePredictor().compare(SAMPLE, variants=["bert"], tasks=["intent"])


def test_who_goes_away_is_waited_for_no_more(models: tuple[Predictor, LazyZoo]) -> None:
    began = time.monotonic()
    with asking("somebody", unwanted=lambda: time.monotonic() - began > 1), pytest.raises(Interrupted):
        models[0].compare(replace(SAMPLE, id="long"), variants=["bert"], tasks=["intent"])
    assert time.monotonic() - began < 30


def test_a_bug_in_a_replica_is_told_under_an_id(url: str) -> None:
    body = {"dialogue": {"corpus": "x", "id": "bug", "split": "all", "turns": TALK["turns"]}, "variants": ["bert"], "tasks": ["intent"]}
    said = httpx.post(f"{url}/api/v1/predictor/compare", json=body, trust_env=False, timeout=120)
    assert (said.status_code, said.json()["code"]) == (500, "unexpected") and "ZeroDivision" not in said.text


def test_health_and_metrics_tell_of_all_replicas(url: str) -> None:
    health = httpx.get(f"{url}/healthz", trust_env=False, timeout=60).json()
    assert health["ok"] and health["parts"]["ready"] == 90
    assert 'dialatlas_parts{state="ready"} 90.0' in httpx.get(f"{url}/metrics", trust_env=False, timeout=60).text


def test_the_text_to_text_model_answers_word_by_word(models: tuple[Predictor, LazyZoo]) -> None:
    told: list[tuple[int, str]] = []
    assert models[1].answer(posed(), told=lambda *one: told.append(one)) == FakeZoo().answer(posed())
    assert len(told) > len(posed())
    assert models[1].prompt(posed()[0]) == FakeZoo().prompt(posed()[0])
    stopped = models[1].answer(posed(), stop=lambda: True)
    assert all(one.stopped and not one.valid for one in stopped) and len(stopped) == len(posed())


def test_ray_is_open_to_this_machine_alone(models: tuple[Predictor, LazyZoo]) -> None:
    """But for the port of each replica, which Ray opens wide and guards with the token."""
    wide = [(one.cmdline()[0], at.laddr) for one in [psutil.Process(), *psutil.Process().children(recursive=True)] for at in one.net_connections("inet")
            if at.status == psutil.CONN_LISTEN and at.laddr.ip not in ("127.0.0.1", "::1", "::ffff:127.0.0.1")]
    assert [one for one in wide if not one[0].startswith("ray::ServeReplica")] == []


@pytest.mark.timeout(300)
def test_a_variant_with_the_shipped_weights(models: tuple[Predictor, LazyZoo]) -> None:
    """The same as the predictor on this machine; Ray drops the variant that was used longest ago."""
    from ray import serve

    from engine.serve.ray.opened import options
    from engine.serve.ray.predictor import RayPredictor
    from engine.serve.ray.replica import Variants

    handle = serve.run(serve.deployment(**options(1, 1, cpus=0))(Variants).bind(open_local, 1), name="shipped", route_prefix=None)
    found, local = RayPredictor(handle), open_local()
    assert found.card == local.card
    for name in ("crm", "bert"):
        said, right = (one.compare(SAMPLE, variants=[name], tasks=local.card.tasks) for one in (found, local))
        assert [(one.task, one.turn, one.answer, one.gold) for one in said] == [(one.task, one.turn, one.answer, one.gold) for one in right]
        assert all(dict(one.scores) == pytest.approx(dict(other.scores), abs=1e-5) for one, other in zip(said, right, strict=True))
    states = {part.state for part in found.describe().parts if part.variant == "crm" and part.kind == "task"}
    assert states == {"evicted"}
    serve.delete("shipped")


def asked_again(caplog: pytest.LogCaptureFixture) -> bool:
    return any("asked again" in record.message for record in caplog.records)


@pytest.mark.timeout(300)
def test_a_replica_killed_under_load_loses_no_request(far: Predictor, caplog: pytest.LogCaptureFixture) -> None:
    asked, fake = talks(60), FakePredictor()
    right = [fake.compare(one, variants=NAMES, tasks=fake.card.tasks) for one in asked]
    begun = threading.Semaphore(0)

    def ask(dialogue: Dialogue) -> list[Prediction]:
        begun.release()
        return far.compare(dialogue, variants=NAMES, tasks=fake.card.tasks)

    victims = processes(REPLICA)
    assert len(victims) == 2
    with caplog.at_level(logging.WARNING, "dialatlas"), ThreadPoolExecutor(6) as visitors:
        answers = [visitors.submit(ask, one) for one in asked]
        for _ in range(12):
            begun.acquire()
        for victim in victims:  # the second only where the first had nothing in hand
            if not asked_again(caplog):
                victim.kill()
                until(lambda: asked_again(caplog), 3)
        said = [one.result() for one in answers]
    assert said == right
    assert asked_again(caplog), "the kill came when questions were under way"
    assert until(lambda: len(processes(REPLICA)) == 2, 90), "another takes its place"


@pytest.mark.parametrize(("flags", "hint"), [
    (("--ray", "nowhere"), "--ray nowhere: this is not an address of a Ray cluster"),
    (("--ray", "127.0.0.1:{free}"), "nothing answers there"),
    (("--ray", "local", "--replicas", "many"), "--replicas: 'many' is no number of replicas"),
    (("--ray", "local", "--replicas", "3-2"), "--replicas: 3-2 is no number of replicas"),
    (("--ray", "local", "--held", "0"), "--held: 0 variants are too few"),
])
def test_wrong_flags_are_told(flags: tuple[str, ...], hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        given = [flag.format(free=held.getsockname()[1]) for flag in flags]
        assert main(["serve", "--no-app", "--port", "0", *given]) == 2
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1 and hint in said[0]


def test_a_predictor_elsewhere_is_not_put_on_ray(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("ENGINE_URL", "http://localhost:1")
    assert main(["serve", "--no-app", "--port", "0", "--ray", "local"]) == 2
    assert "the predictor 'remote' cannot be put on Ray; unset ENGINE_URL" in capsys.readouterr().err

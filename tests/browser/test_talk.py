"""The talk walked by arrow keys with every outside request blocked, and a phone that votes and speaks."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from engine.paths import REPOSITORY
from tests.browser.server import WAIT_S

STORY = REPOSITORY / "samples" / "talk" / "abilities.yaml"
VOTES, SAYS = 4, 7
"""Steps, from 1."""


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The presenter's and the audience's address, as the command prints them; with fake models."""
    log = tmp_path_factory.mktemp("talk") / "talk.txt"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "engine", "talk", str(STORY), "--port", str(port), "--predictor", "fake", "--zoo", "fake"]
    with log.open("w") as out:
        server = subprocess.Popen(command, cwd=REPOSITORY, env=dict(os.environ), stdout=out, stderr=subprocess.STDOUT)
    try:
        yield printed(log, server)
    finally:
        server.terminate()
        server.wait(timeout=30)


def printed(log: Path, server: subprocess.Popen[bytes]) -> tuple[str, str]:
    deadline = time.monotonic() + 4 * WAIT_S
    while time.monotonic() < deadline:
        told = log.read_text()
        if found := re.search(r"Presenter .*: (\S+)\nAudience: (\S+)\n", told):
            with_port = int(found[2].rpartition(":")[2].partition("/")[0])
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", with_port)) == 0:
                    return found[1], found[2]
        if server.poll() is not None:
            raise RuntimeError(f"the talk ended with status {server.returncode}:\n{told}")
        time.sleep(0.2)
    raise RuntimeError(f"the talk did not begin within {4 * WAIT_S} s:\n{log.read_text()}")


def offline(page: Page, host: str, refused: list[str]) -> Page:
    """The page with the network cable out, but for the talk itself."""
    def only_here(route: Route) -> None:
        if route.request.url.startswith((f"http://{host}/", "data:", "blob:")):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    page.route("**/*", only_here)
    page.on("pageerror", lambda error: refused.append(str(error)))
    return page


def at_step(page: Page, number: int) -> None:
    expect(page.locator(".dt-slide:visible")).to_have_attribute("data-step", str(number))


def test_a_talk_from_its_first_step_to_its_last(visitor: Callable[[], Page], addresses: tuple[str, str]) -> None:
    desk_address, address = addresses
    host, refused = address.split("/")[2], list[str]()
    desk, phone = offline(visitor(), host, refused), offline(visitor(), host, refused)
    phone.set_viewport_size({"width": 360, "height": 740})
    desk.goto(desk_address)
    at_step(desk, 1)
    size = desk.locator(".dt-slide").first.evaluate("node => getComputedStyle(node).fontSize")
    assert size == "32px"  # 24 pt
    phone.goto(address)
    at_step(phone, 1)
    assert phone.get_by_text("Wait until the phones are in").count() == 0
    expect(desk.get_by_text("Wait until the phones are in")).to_be_visible()
    expect(desk.get_by_text("1 phone", exact=True)).to_be_visible()
    for number in range(2, 13):
        desk.keyboard.press("ArrowRight")
        at_step(desk, number)
        expect(desk.locator(".dt-qr:visible")).to_have_attribute("href", f"{address}?step={number}")
        if number == VOTES:
            votes(desk, phone)
        if number == SAYS:
            speaks(desk, phone)
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowLeft")
    at_step(desk, 11)
    at_step(phone, 11)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    assert refused == []


def test_a_talk_answers_to_its_own_names_alone(addresses: tuple[str, str]) -> None:
    """A page of another site that rebinds its name to this machine is refused, and what is sent is bounded."""
    _, address = addresses
    with httpx.Client(trust_env=False, timeout=60) as client:
        assert client.get(f"{address}/").status_code == 200
        assert client.get(f"{address}/", headers={"Host": "evil.example"}).json()["code"] == "wrong_host"
        join = f"{address}/gradio_api/queue/join"
        assert client.post(join, json={}, headers={"Origin": "https://evil.example"}).json()["code"] == "wrong_origin"
        assert client.post(join, content=b"[" * 100_000, headers={"Content-Type": "application/json"}).json()["code"] == "bad_request"


def votes(desk: Page, phone: Page) -> None:
    at_step(phone, VOTES)
    expect(desk.locator(".dt-badge.dt-live")).to_be_visible()
    assert desk.locator(".dt-said").count() == 0
    phone.get_by_role("radio", name="DSP").check()
    expect(phone.get_by_text("Your guess counts")).to_be_visible()
    expect(desk.locator(".dt-votes svg")).to_have_attribute("aria-label", re.compile(r"^1 vote: DSP \(fake\) 1,"))
    desk.keyboard.press("ArrowDown")
    expect(desk.locator(".dt-said tbody tr")).to_have_count(4)
    expect(phone.get_by_text("You guessed rightly.")).to_be_visible()
    expect(phone.get_by_role("radio")).to_have_count(0)


def speaks(desk: Page, phone: Page) -> None:
    said = "I need <b>two</b> rooms in Oslo"
    at_step(phone, SAYS)
    phone.get_by_label("Say something to the models").fill(said)
    phone.get_by_role("button", name="Send").click()
    expect(phone.get_by_text("Sent to the presenter.")).to_be_visible()
    expect(desk.get_by_text("1 utterances")).to_be_visible()
    desk.locator("#talk-heard input").click()
    desk.get_by_role("option", name=said).click()
    desk.get_by_role("button", name="Put into the dialogue").click()
    for page in (desk, phone):
        expect(page.locator(".dt-new span")).to_have_text(said)
    desk.locator("h1").first.click()  # so that arrows are the talk's again

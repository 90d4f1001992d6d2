"""The app as a visitor waits for it: first useful page, page switch, and click to answer, beside the bare engine call of the same path.

Run: ``python benchmarks/app_latency.py [--repeats 5] [--dialogue "train and hotel"]``. It starts the app with the shipped weights and drives
Chromium (``CHROMIUM`` or on the path) through Playwright; bare calls run in turn with the clicks, in a process of their own on the same
machine. Both sides are warm. The ratio is click to answer over bare call (aim: at most 2); "drawing" paths compute nothing, they draw
what is cached. The same click on a page with nothing but a button, in turn with the others, says what Streamlit and the browser take by
themselves: no page can be faster, so a call that is shorter than that cannot meet the aim, and its line says so. A new page is one line in
`PATHS`, and one in `bare_calls` where it computes.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs as a file, too

from engine.dialogue.samples import samples
from engine.paths import REPOSITORY
from engine.provenance import commit, hardware
from tests.browser.server import FLAGS, serving
from tests.browser.test_app import SECTIONS

WAIT_MS = 120_000
WHY = ("bert", "crm", "joint")
"""The variants that Why explains in detail at first."""
SETTLED = "[data-testid=stApp][data-test-script-state=notRunning]"

@dataclass(frozen=True, kw_only=True)
class Wait:
    """One thing that a visitor does and waits for."""

    page: str
    """The last part of its address."""
    what: str
    act: Callable[[Page, int], None]
    """Begins it; the second argument counts the repeats, from 0."""
    address: str = ""
    bare: str = ""
    """Name in `bare_calls`; empty where nothing is computed."""
    anew: bool = False
    """Each repeat is a new visitor, since answers are kept for the one who asked."""


def press(name: str) -> Callable[[Page, int], None]:
    """Press the button of that name."""
    return lambda screen, time: screen.get_by_role("button", name=name, exact=True).click()


def choose(*names: str) -> Callable[[Page, int], None]:
    """Take the first of the names, each a segment of a choice, that is not taken yet: two of them take turns."""
    def act(screen: Page, time: int) -> None:
        segments = [screen.get_by_role("radio", name=name, exact=True).first for name in names]
        next(segment for segment in segments if segment.get_attribute("aria-checked") != "true").click()

    return act


def cell(screen: Page, time: int) -> None:
    """Click on another cell of the first map."""
    box = screen.locator(".js-plotly-plot .scatterlayer path.point").nth(2 + time % 5).bounding_box()
    assert box
    screen.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


PATHS = (
    Wait(page="task_relations", what="Task relations: another cell", act=cell),
    Wait(page="claims", what="Claims: another filter", act=choose("Does not hold", "In part")),
    Wait(page="predict", what="Predict: another baseline", act=choose("BERT", "MLM"), bare="predict"),
    Wait(page="compare", what="Compare: run", act=press("Run"), bare="compare", anew=True),
    Wait(page="state", what="State: ask nine variants", act=press("Ask 9 variants"), bare="states", anew=True),
    Wait(page="why", what="Why: run", act=press("Run"), bare="why", anew=True),
    Wait(page="probe", what="Probe: who says what", act=choose("DSP"), bare="probe", anew=True),
    Wait(page="health", what="Health: check every file", act=press("Check every weight file"), bare="health"),
)


def bare_calls(dialogue_name: str) -> dict[str, Callable[[int], object]]:
    """Name to the engine call behind a path; the argument counts the repeats as in `Wait.act`."""
    from engine.results import abilities, tables
    from engine.results.prediction import Question, Readings, outcomes
    from engine.results.store import read
    from engine.serve.base import ProbeQuestion
    from engine.serve.local import open_local
    from engine.serve.weights import weight_files

    predictor, dialogue = open_local(), samples()[dialogue_name]
    names = [card.name for card in predictor.card.variants]

    def predict(repeat: int) -> object:
        rows = abilities.read()
        values = tables.of_protocol(tables.measured(read()), "released")
        readings = Readings(abilities=abilities.frame(rows, "ability"), scores=abilities.frame(rows, "transferability")).of(values)
        return outcomes(Question(source="measured", baseline=("bert", "mlm")[repeat % 2], group="single"), values, readings)

    def probe(repeat: int) -> object:
        return predictor.probe_all([ProbeQuestion(objective="dsp", turns=(turn,)) for turn in dict.fromkeys(dialogue.turns)], variants=names)

    def why(repeat: int) -> object:
        place = next(place for place, turn in reversed(list(enumerate(dialogue.turns))) if turn.speaker == "system")
        return [(predictor.explain(dialogue, variants=[name], task="dialogue_act", turn=place),
                 predictor.ablate(dialogue, variants=[name], task="dialogue_act", turn=place)) for name in WHY]

    return {"compare": lambda repeat: predictor.compare(dialogue, variants=names, tasks=predictor.card.tasks), "probe": probe,
            "states": lambda repeat: predictor.compare(dialogue, variants=names, tasks=["state_tracking"]), "why": why, "predict": predict,
            "health": lambda repeat: weight_files(thorough=True)}


def serve_bare(dialogue_name: str) -> None:
    """Answer lines ``NAME REPEAT`` with the seconds of that call, until the input ends."""
    calls = bare_calls(dialogue_name)
    for line in sys.stdin:
        name, repeat = line.split()
        started = time.perf_counter()
        calls[name](int(repeat))
        print(time.perf_counter() - started, flush=True)


class Bare:
    """The process of the bare calls."""

    def __init__(self, dialogue_name: str) -> None:
        self._process = subprocess.Popen([sys.executable, __file__, "--bare", "--dialogue", dialogue_name], cwd=REPOSITORY, text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def seconds(self, name: str, repeat: int) -> float:
        """Seconds of one call."""
        assert self._process.stdin and self._process.stdout
        print(name, repeat, file=self._process.stdin, flush=True)
        return float(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(30)


def settled(screen: Page) -> None:
    """Until the page's script has run to its end and the browser has drawn it."""
    screen.locator(SETTLED).wait_for()
    screen.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def waited(screen: Page, act: Callable[[], None]) -> float:
    """Seconds from the click until the script that it started has ended; a click that starts none fails.

    The browser is told to say when, and is not asked in between: each question would cost the server some of its processor.
    """
    screen.evaluate("""() => { let ran = false; window.ended = new Promise(done => new MutationObserver(() => {
        const running = document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'notRunning'
        if (ran && !running) done(); else ran = ran || running
    }).observe(document.body, {attributes: true, attributeFilter: ['data-test-script-state'], subtree: true})) }""")
    started = time.perf_counter()
    act()
    screen.evaluate(f"() => Promise.race([window.ended, new Promise((_, fail) => setTimeout(() => fail(new Error('no script ran')), {WAIT_MS}))])")
    screen.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return time.perf_counter() - started


def pressed(empty: Page, times: int) -> float:
    """Seconds until the empty page has counted one more click; its script is too short for `waited` to see it run."""
    button = empty.get_by_role("button", name="Press", exact=True)
    button.wait_for()
    started = time.perf_counter()
    button.click()
    empty.get_by_text(f"Pressed {times} times", exact=True).wait_for()
    return time.perf_counter() - started


def first_page(screen: Page, app: str) -> float:
    """Seconds until a new visitor sees the answers of the worked example on the first page."""
    started = time.perf_counter()
    screen.goto(app)
    screen.locator(".da-table").first.wait_for()
    settled(screen)
    return time.perf_counter() - started


def loaded(screen: Page, app: str) -> float:
    """Seconds until Health says that every model is ready.

    Raises:
        RuntimeError: They are not within five minutes; with what Health says.
    """
    started, said = time.perf_counter(), ""
    while time.perf_counter() - started < 300:
        screen.goto(f"{app}/health")
        screen.get_by_text("parts ready").wait_for()
        said = screen.get_by_text("parts ready").inner_text()
        if "90 of 90" in said:
            return time.perf_counter() - started
        screen.wait_for_timeout(3_000)
    raise RuntimeError(f"the models are not ready: {said}; {screen.get_by_test_id('stAlert').all_inner_texts()}")


def switch(screen: Page, title: str) -> float:
    """Seconds from the click in the menu until the page is drawn."""
    screen.get_by_test_id("stTopNavSection").filter(has_text=SECTIONS[title]).click()
    entry = screen.get_by_role("menuitem", name=title, exact=True)
    entry.wait_for()
    started = time.perf_counter()
    entry.click()
    screen.get_by_role("heading", level=1, name=title, exact=True).wait_for()
    settled(screen)
    return time.perf_counter() - started


def line(what: str, seconds: list[float], bare: list[float] | None = None, empty: list[float] | None = None) -> str:
    """One line of the report: median, spread, the ratio of the medians, and that to the bare call and an empty page's click together."""
    middle = statistics.median(seconds)
    text = f"{what:32} {middle * 1000:8.0f} ms  ({min(seconds) * 1000:.0f} to {max(seconds) * 1000:.0f})"
    if not bare:
        return text
    engine = statistics.median(bare)
    told = f"{text:62} bare {engine * 1000:7.0f} ms  ratio {middle / engine:5.2f}  above it {(middle - engine) * 1000:6.0f} ms"
    if not empty:
        return told
    least = statistics.median(empty)
    beyond = "" if least <= engine else "  (the empty page alone takes longer than the bare call: 2 is out of reach)"
    return f"{told}  empty page {least * 1000:5.0f} ms  ratio to both {middle / (engine + least):5.2f}{beyond}"


def measure(app: str, empty: str, come: Callable[[], Page], bare: Bare, dialogue: str, repeats: int) -> None:
    """Everything, printed as it is known; ``empty`` is the address of a page with a button alone."""
    cold = first_page(come(), app)
    print(line("first page, first visitor", [cold]), flush=True)
    print(f"{'every model loaded after':32} {loaded(come(), app) * 1000:8.0f} ms", flush=True)
    print(line("first page, later visitors", [first_page(come(), app) for _ in range(repeats)]))
    screen = come()
    first_page(screen, app)
    for title in SECTIONS:
        switch(screen, title)
    for title in SECTIONS:
        print(line(f"switch to {title}", [switch_away(screen, title) for _ in range(repeats)]))
    nothing = come()
    nothing.goto(empty)
    times = itertools.count(1)
    for path in PATHS:
        clicks, engine = clicked(come, app, path, bare, dialogue, repeats)
        least = [pressed(nothing, next(times)) for _ in range(repeats + 1)][1:]
        print(line(path.what, clicks, engine, least), flush=True)


def clicked(come: Callable[[], Page], app: str, path: Wait, bare: Bare, dialogue: str, repeats: int) -> tuple[list[float], list[float]]:
    """Seconds of each click and of each bare call, in turn; the first ones load and fill caches and do not count."""
    screen = opened(come(), app, path, dialogue)
    clicks, engine = [], []
    for repeat in range(repeats + 1):
        if path.anew and repeat:
            screen.context.close()
            screen = opened(come(), app, path, dialogue)
        clicks.append(waited(screen, functools.partial(path.act, screen, repeat)))
        if path.bare:
            engine.append(bare.seconds(path.bare, repeat))
    return clicks[1:], engine[1:]


def opened(screen: Page, app: str, path: Wait, dialogue: str) -> Page:
    """The page of a path, drawn."""
    screen.goto(f"{app}/{path.page}?dialogue_sample={dialogue}")
    screen.get_by_role("heading", level=1).wait_for()
    settled(screen)
    return screen


def switch_away(screen: Page, title: str) -> float:
    """The switch from another page."""
    other = "Claims" if title != "Claims" else "Health"
    switch(screen, other)
    return switch(screen, title)


def nothing_but_a_button(folder: Path) -> str:
    """The path of a page that computes nothing and draws a button and how often it was pressed."""
    folder.mkdir()
    page = folder / "empty.py"
    page.write_text('import streamlit as st\n\nst.session_state.times = st.session_state.get("times", -1) + 1\nst.button("Press")\n'
                    'st.text(f"Pressed {st.session_state.times} times")\n', encoding="utf-8")
    return str(page)


def main() -> None:
    """Start the app, the bare process and the browser, and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dialogue", default="train and hotel", choices=list(samples()))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--bare", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.bare:
        serve_bare(arguments.dialogue)
        return
    print(f"{hardware()}, commit {commit()}, load {os.getloadavg()[0]:.1f} before, medians of {arguments.repeats} (smallest to largest)")
    store = {"DIALATLAS_RESULTS": str(REPOSITORY / "checkpoints" / "results"), "DIALATLAS_PREDICTOR": "local"}
    with tempfile.TemporaryDirectory() as home, serving(Path(home), store) as app, \
            serving(Path(home) / "empty", {}, script=nothing_but_a_button(Path(home) / "empty")) as empty, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ.get("CHROMIUM") or shutil.which("chromium"), args=FLAGS)

        def come() -> Page:
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            context.set_default_timeout(WAIT_MS)
            return context.new_page()

        bare = Bare(arguments.dialogue)
        try:
            measure(app, empty, come, bare, arguments.dialogue, arguments.repeats)
        finally:
            bare.close()
            browser.close()


if __name__ == "__main__":
    main()

"""Two ways to use a page, by mouse and by keyboard alone, that do the same things."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_app import SECTIONS, heading, settled, turn_to

_MOST_TABS = 120
"""Far more than any page has stops."""
_WHERE = """target => {
    if (target.matches(':focus, [role=radiogroup]:focus-within')) return 'here'
    const own = target.getRootNode().host ?? target, focused = document.activeElement
    return focused !== document.body && own.compareDocumentPosition(focused) & Node.DOCUMENT_POSITION_FOLLOWING ? 'Shift+Tab' : 'Tab'
}"""
_KIND = "target => target.getAttribute('role') ?? target.type ?? ''"


class Hands(Protocol):
    """What a visitor can do."""

    def press(self, target: Locator) -> None:
        """A button, link, switch, radio button or cell."""

    def turn(self, title: str) -> None:
        """To another page, by the menu."""

    def pick(self, box: Locator, option: str) -> None:
        """An option of a drop-down list."""

    def write(self, area: Locator, text: str) -> None:
        """Replace the text of an area and have it read."""


class Mouse:
    """Everything is clicked; only words are typed."""

    def __init__(self, screen: Page) -> None:
        self._screen = screen

    def press(self, target: Locator) -> None:
        settled(self._screen)
        target.wait_for(state="attached")
        switch = target.evaluate(_KIND) == "switch"  # its box lies invisibly under what is drawn
        (target.locator("xpath=ancestor::label[1]") if switch else target).click()

    def turn(self, title: str) -> None:
        settled(self._screen)
        turn_to(self._screen, title)

    def pick(self, box: Locator, option: str) -> None:
        settled(self._screen)
        box.click()
        box.fill(option)  # a long list draws only what is near
        self._screen.get_by_role("option", name=option, exact=True).click()

    def write(self, area: Locator, text: str) -> None:
        settled(self._screen)
        area.click()
        area.fill(text)
        area.press("Control+Enter")


class Keyboard:
    """Nothing is clicked, and nothing is focused but by Tab and arrow keys."""

    def __init__(self, screen: Page) -> None:
        self._screen, self._keys = screen, screen.keyboard

    def reach(self, target: Locator) -> None:
        """Tab to it, forwards or backwards.

        Raises:
            AssertionError: It cannot be reached so, e.g. since something keeps the focus.
        """
        settled(self._screen)
        target.wait_for(state="attached")
        for _ in range(_MOST_TABS):
            if (key := target.evaluate(_WHERE)) == "here":
                return
            self._keys.press(key)
        raise AssertionError(f"{_MOST_TABS} times Tab do not reach {target}")

    def press(self, target: Locator) -> None:
        settled(self._screen)
        target.wait_for(state="attached")
        kind = target.evaluate(_KIND)
        if kind == "radio":
            self._radio(target)
        else:
            self.reach(target)
            self._keys.press("Space" if kind in ("switch", "checkbox") else "Enter")

    def turn(self, title: str) -> None:
        section = self._screen.get_by_test_id("stTopNavSection").filter(has_text=SECTIONS[title])
        item = self._screen.get_by_role("menuitem", name=title, exact=True)

        def opened() -> None:
            if not item.is_visible():
                self.reach(section)
                self._keys.press("Enter")
                item.wait_for()

        self._walk(item, "ArrowDown", "ArrowUp", opened)
        self._keys.press("Enter")
        heading(self._screen, title).wait_for()

    def pick(self, box: Locator, option: str) -> None:
        self.reach(box)
        self._keys.press("Control+a")
        self._keys.type(option)
        self._screen.get_by_role("option", name=option, exact=True).wait_for()
        self._keys.press("Enter")
        expect(box).to_have_value(option)

    def write(self, area: Locator, text: str) -> None:
        self.reach(area)
        self._keys.press("Control+a")
        self._keys.insert_text(text)
        self._keys.press("Control+Enter")

    def _radio(self, target: Locator) -> None:
        """One stop of Tab for all of a group; arrow keys go on from there."""
        group = target.locator("xpath=ancestor::*[@role='radiogroup'][1]")
        self._walk(target, "ArrowRight", "ArrowLeft", lambda: self.reach(group))
        if target.get_attribute("aria-checked") != "true":
            self._keys.press("Space")

    def _walk(self, target: Locator, on: str, back: str, enter: Callable[[], None]) -> None:
        """By arrow keys to a part of something, which may be entered at either end.

        `enter` goes back into it where a page drawn anew has taken the focus away.
        """
        for _ in range(_MOST_TABS):
            enter()
            where = target.evaluate(_WHERE)
            if where == "here":
                return
            self._keys.press(on if where == "Tab" else back)
        raise AssertionError(f"{on} and {back} do not reach {target}")


HANDS: dict[str, type[Mouse] | type[Keyboard]] = {"mouse": Mouse, "keyboard": Keyboard}
"""By the name that a test's parameter has."""

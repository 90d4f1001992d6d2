"""The room's votes as bars with a table twin, and the QR code of a link: inline SVG, nothing fetched (no torch, no gradio)."""

from __future__ import annotations

from html import escape

import segno

from engine.serve.talk.room import Ballot

_BAR, _ROW, _NAMES = 210, 32, 170
"""Longest bar, height of a row, room for names, in units of the drawing."""


def finding(ballot: Ballot) -> str:
    """What the bars show, in a sentence."""
    total = sum(ballot.counts.values())
    each = ", ".join(f"{ballot.choices[who]} {count}" for who, count in sorted(ballot.counts.items(), key=lambda one: -one[1]))
    right = f"; right: {', '.join(name for who, name in ballot.choices.items() if who in ballot.right)}" if ballot.right else ""
    return f"{total} vote{'s' * (total != 1)}: {each}{right}."


def histogram(ballot: Ballot) -> str:
    """The votes as bars, with a table of the same numbers."""
    most, height = max(1, *ballot.counts.values()), _ROW * len(ballot.choices)
    bars = "".join(_bar(place, name, ballot.counts[who], most, who in ballot.right) for place, (who, name) in enumerate(ballot.choices.items()))
    rows = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{ballot.counts[who]}</td><td>{"right" if who in ballot.right else ""}</td></tr>'
                   for who, name in ballot.choices.items())
    said = escape(finding(ballot), quote=True)
    return (f'<figure class="dt-votes"><svg role="img" aria-label="{said}" viewBox="0 0 {_NAMES + _BAR + 60} {height}">{bars}</svg>'
            f'<details><summary>{said}</summary><table><thead><tr><th scope="col">Guess</th><th scope="col">Votes</th><td></td></tr></thead>'
            f'<tbody>{rows}</tbody></table></details></figure>')


def _bar(place: int, name: str, count: int, most: int, right: bool) -> str:
    top, length = place * _ROW, round(_BAR * count / most)
    look = "dt-bar dt-bar-right" if right else "dt-bar"
    shown = name if len(name) <= 18 else f"{name[:17]}…"
    return (f'<text x="{_NAMES - 10}" y="{top + 22}" text-anchor="end">{escape(shown)}</text>'
            f'<rect class="{look}" x="{_NAMES}" y="{top + 5}" width="{max(2, length)}" height="{_ROW - 10}"/>'
            f'<text x="{_NAMES + length + 10}" y="{top + 22}">{count}{" ✓" if right else ""}</text>')


def qr(link: str) -> str:
    """A link as a QR code with its words below; black on white whatever the page's colours."""
    code = segno.make(link, error="m", micro=False).svg_inline(scale=3, border=3, dark="#000", light="#fff", omitsize=True)
    short = escape(link.partition("://")[2])
    return f'<a class="dt-qr" href="{escape(link, quote=True)}" aria-label="Open this step: {escape(link, quote=True)}">{code}<span>{short}</span></a>'

"""Slides as HTML: foreign words verbatim, the speaker's own with a little markup (no torch, no gradio)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from engine.dialogue.model import Turn
from engine.serve.talk.answers import Said
from engine.serve.talk.ask import asked
from engine.serve.talk.chart import histogram
from engine.serve.talk.live import Shown
from engine.serve.talk.numbers import Numbers
from engine.serve.talk.room import Ballot, View

Titles = Mapping[str, str]
_BADGES = {"live": "live", "recorded": "recorded", "waiting": "asking …", "failed": "no answer"}
_FEW = 4
"""More rows of answers are written smaller."""
_SPEAKERS = {"user": "User", "system": "System"}


def slide(view: View, steps: int, titles: Titles, *, corner: str = "", bars: bool = True) -> str:
    """One step as everybody sees it.

    Args:
        view: The step.
        steps: How many the story has.
        titles: Names on the screen.
        corner: HTML in the upper right corner, below the title.
        bars: Whether votes are shown before the vote is decided.
    """
    step, shown = view.step, view.shown
    left = [marked(step.text)] if step.text and "text" in shown else []
    left += [_dialogue(view)] if step.dialogue and "dialogue" in shown else []
    right = [numbers(step.numbers)] if step.numbers and "numbers" in shown else []
    right += [vote(view.ballot, bars or not view.ballot.open)] if view.ballot else []
    right += [answers(view, titles)] if view.answers else []
    halves = [half for half in (left, right) if half] or [[]]
    halves[-1].insert(0, corner)
    head = f'<header><p class="dt-count">{view.index + 1} / {steps}</p><h1>{escape(step.title)}</h1></header>'
    drawn = "".join(f"<div>{''.join(half)}</div>" for half in halves)
    return f'<article class="dt-slide" data-step="{view.index + 1}">{head}<div class="dt-halves">{drawn}</div></article>'


def marked(text: str) -> str:
    """The speaker's own words: paragraphs, lists, strong, stressed and code; everything else verbatim.

    >>> marked("**Two** factors: `a < b`")
    '<p><strong>Two</strong> factors: <code>a &lt; b</code></p>'
    >>> marked("- one\\n- <b>two</b>")
    '<ul><li>one</li><li>&lt;b&gt;two&lt;/b&gt;</li></ul>'
    """
    return "".join(map(_block, filter(None, re.split(r"\n\s*\n", text.strip()))))


def _block(text: str) -> str:
    lines = text.strip().splitlines()
    if all(line.lstrip().startswith("- ") for line in lines):
        return "<ul>" + "".join(f"<li>{_inline(line.lstrip()[2:])}</li>" for line in lines) + "</ul>"
    return f"<p>{_inline(' '.join(line.strip() for line in lines))}</p>"


def _inline(text: str) -> str:
    """Code is cut out first, so that stars in it stay stars."""
    parts = re.split(r"`([^`]+)`", text)
    return "".join(f"<code>{escape(part)}</code>" if place % 2 else _stressed(escape(part)) for place, part in enumerate(parts))


def _stressed(escaped: str) -> str:
    strong = re.sub(r"\*\*(\S(?:[^*]*\S)?)\*\*", r"<strong>\1</strong>", escaped)
    return re.sub(r"\*(\S(?:[^*]*\S)?)\*", r"<em>\1</em>", strong)


def _dialogue(view: View) -> str:
    """What the models read, and the responses they choose from; of a step that asks nothing, the whole dialogue."""
    if view.question is None:
        return dialogue(view.step.dialogue.turns if view.step.dialogue else ())
    known = asked(view.question.ask, view.question.dialogue)
    offered = "".join(f"<li>{escape(text)}</li>" for text in known.offered)
    return dialogue(known.turns, added=bool(view.added), speakers=known.speakers) + (f'<ol class="dt-offered">{offered}</ol>' if offered else "")


def dialogue(turns: Sequence[Turn], *, added: bool = False, speakers: bool = True) -> str:
    """The turns, verbatim; the last is marked where it came from the room; without ``speakers`` nobody is named."""
    rows = []
    for place, turn in enumerate(turns, 1):
        new = added and place == len(turns)
        who = f"{place} {_SPEAKERS[turn.speaker]}" if speakers else "Who speaks?"
        look = f"dt-{turn.speaker}" if speakers else "dt-nobody"
        rows.append(f'<li class="{look}{" dt-new" * new}"><b>{who}{", from the room" * new}</b><span>{escape(turn.text)}</span></li>')
    return f'<ol class="dt-turns">{"".join(rows)}</ol>'


def badge(shown: Shown) -> str:
    """Where the answers come from, in a word and a sentence."""
    note = f' <span class="dt-note">{escape(shown.note)}</span>' if shown.note else ""
    return f'<p class="dt-from"><mark class="dt-badge dt-{shown.badge}">{_BADGES[shown.badge]}</mark>{note}</p>'


def answers(view: View, titles: Titles) -> str:
    """Who says what, once revealed; before, only how far the models are."""
    shown, seen = view.answers, "answers" in view.shown
    if shown is None or shown.answered is None or not seen:
        return badge(shown) if shown else ""
    judged = "right" in view.shown
    kinds = {one.asked for one in shown.answered.said}
    rows = "".join(_row(one, titles, judged, len(kinds) > 1) for one in shown.answered.said)
    caption = f"<caption>{escape(next(iter(kinds)))}</caption>" if len(kinds) == 1 else ""
    many = " dt-many" * (len(shown.answered.said) > _FEW)
    right = f'<p class="dt-right"><b>Right:</b> {escape(shown.answered.right)}</p>' if judged and shown.answered.right else ""
    return f'{badge(shown)}<table class="dt-said{many}">{caption}<tbody>{rows}</tbody></table>{right}'


def _row(one: Said, titles: Titles, judged: bool, kinds: bool) -> str:
    name = titles.get(one.who, one.who)
    title = f"{escape(name)} <small>{escape(one.asked)}</small>" if kinds and one.asked != name else escape(name)
    share = f' <small class="dt-share">{100 * one.share:.0f} %</small>' if one.share is not None else ""
    mark, said = {True: ("✓", "right"), False: ("✗", "wrong"), None: ("", "")}[one.right if judged else None]
    verdict = f'<span class="dt-verdict" role="img" aria-label="{said}">{mark}</span> ' if mark else ""
    return f'<tr{f" class={chr(34)}dt-is-{said}{chr(34)}" if said else ""}><th scope="row">{title}</th><td>{verdict}{escape(one.text)}{share}</td></tr>'


def numbers(of: Numbers) -> str:
    """Published numbers, badged with their paper; the best of each column is strong."""
    head = "".join(f'<th scope="col">{escape(of.head(column))}</th>' for column in of.columns)
    body = "".join(f'<tr><th scope="row">{escape(of.name(row))}</th>{"".join(_number(of, row, column) for column in of.columns)}</tr>' for row in of.rows)
    unit = "Counts" if all(column.startswith("count.") for column in of.columns) else "Percent"
    return (f'<table class="dt-numbers"><caption><mark class="dt-badge dt-paper">paper {of.paper}</mark> {unit}, as published</caption>'
            f'<thead><tr><td></td>{head}</tr></thead><tbody>{body}</tbody></table>')


def _number(of: Numbers, row: str, column: str) -> str:
    value = of.value(row, column)
    if value is None:
        return "<td>–</td>"
    best = len(of.rows) > 1 and value == max(found for other in of.rows if (found := of.value(other, column)) is not None)
    text = f"{value:.0f}" if column.startswith("count.") else f"{value:.2f}"
    return f"<td>{f'<strong>{text}</strong>' if best else text}</td>"


def vote(ballot: Ballot, bars: bool) -> str:
    """The blind answer and, with ``bars``, how the room guesses."""
    if ballot.blind is None:
        return '<p class="dt-note">The vote opens when there is an answer.</p>'
    asked = f'<p class="dt-asked">Who said this? <small>{escape(ballot.blind.asked)}</small></p>'
    return f'{asked}<blockquote class="dt-blind">{escape(ballot.blind.text)}</blockquote>{histogram(ballot) if bars else ""}'

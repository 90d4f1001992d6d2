"""The presenter's strip below the slide: clock, what comes next, notes (no torch, no gradio)."""

from __future__ import annotations

from html import escape

from engine.serve.talk.draw import marked
from engine.serve.talk.room import Room


def strip(room: Room) -> str:
    """Clock, next step, notes, and how many phones and votes there are."""
    steps, at = room.story.steps, room.at
    following = escape(steps[at + 1].title) if at + 1 < len(steps) else "the end"
    notes = f'<section><h2>Notes</h2>{marked(steps[at].notes)}</section>' if steps[at].notes else ""
    return (f'<div class="dt-strip"><section><h2>Time</h2>{clock(room)}</section><section><h2>Next</h2><p>{following}</p>{_reveals(room)}</section>'
            f'{notes}<section><h2>Room</h2><p>{_room(room)}</p></section></div>')


def clock(room: Room) -> str:
    """Time since the talk left its first step, and in this step, beside what was planned; what is over is marked."""
    talk, step = room.clock()
    planned = room.story.minutes * 60, room.story.steps[room.at].minutes * 60
    return "".join(f'<p class="dt-clock{" dt-over" * (spent > of)}"><b>{minutes(spent)}</b> of {minutes(of)} <small>{what}{", over" * (spent > of)}</small></p>'
                   for spent, of, what in ((talk, planned[0], "talk"), (step, planned[1], "step")))


def minutes(seconds: float) -> str:
    """Minutes and seconds.

    >>> minutes(75.9)
    '1:15'
    """
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _reveals(room: Room) -> str:
    view = room.view()
    rest = view.step.reveal[len(view.step.reveal) - view.rest:]
    return f'<p>First: reveal {", then ".join(" and ".join(parts) for parts in rest)}</p>' if rest else ""


def _room(room: Room) -> str:
    ballot, sent = room.view().ballot, len(room.utterances())
    votes = f", {sum(ballot.counts.values())} votes" if ballot else ""
    return f"{room.phones} phone{'s' * (room.phones != 1)}{votes}{f', {sent} utterances' if sent else ''}"

"""Plotly figures of State: slots x turns and variants x turns as coloured, lettered squares that can be clicked."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import plotly.graph_objects as go

from engine.serve.timeline import GOLD, KINDS, Cell, Score, Timeline
from ui import theme

COLOURS = {"": "rgba(138,143,152,0.10)", "N": "#559fd8", "C": "#c3d9ea", "X": "#b9a5e8", "D": "#b8bcc4", "W": "#e08a3c", "E": "#f0bd8b", "M": "#f5dc8a",
           "✓": "#9cc7e8", "!": "#e08a3c", "–": "#c9ccd2"}
"""Of a cell's letter; `theme.INK` reads on all of them but the first, which holds no words."""
SHOWN = 20
"""User turns side by side."""
ROW, CHARACTER, NARROW = 25, 6.6, 26
"""Pixels: height of a row, width of a character, least width of a cell."""
Place = tuple[str, int]


@dataclass(frozen=True, kw_only=True)
class Square:
    """One square of a figure."""

    row: str
    turn: int
    letter: str
    """Key of `COLOURS`."""
    words: str
    """After the letter, where there is room."""
    hover: str
    more: str = ""
    """A second letter, which has no colour."""


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a figure marks, and how wide it is (pixels)."""

    width: int
    chosen: Place | None = None
    differing: Mapping[Place, str] = field(default_factory=dict)
    """Square to a sign before its letter; those with ``≠`` are framed."""


def window(turns: Sequence[int], chosen: int) -> list[int]:
    """The up to `SHOWN` turns among which is the chosen one.

    >>> window(range(0, 90, 2), 44)[0], len(window(range(0, 90, 2), 88))
    (40, 5)
    """
    start = list(turns).index(chosen) // SHOWN * SHOWN
    return list(turns[start:start + SHOWN])


def timeline_map(found: Timeline, slots: Sequence[str], turns: Sequence[int], look: Look) -> go.Figure:
    """Slots x turns of one track; over each turn whether it is jointly right."""
    cells = {place: cell for place, cell in found.cells.items() if place[1] in turns}
    squares = [_slot_square(slot, turn, cells.get((slot, turn))) for slot in slots for turn in turns]
    joint = {score.turn: f"{verdict(score)} {score.errors or ''}" for score in found.scores}
    return _figure(squares, {slot: slot for slot in slots}, {turn: f"{turn + 1}<br>{joint[turn]}" for turn in turns}, look)


def variants_map(lines: Mapping[str, Timeline], names: Mapping[str, str], turns: Sequence[int], look: Look) -> go.Figure:
    """Tracks x turns: jointly right or how many slots are not; without gold how many slots are filled."""
    squares = [_score_square(name, names[name], score) for name, line in lines.items() for score in line.scores if score.turn in turns]
    return _figure(squares, {name: names[name] for name in lines}, {turn: str(turn + 1) for turn in turns}, look)


def verdict(score: Score) -> str:
    """✓ jointly right, ! not, – nobody knows."""
    return "–" if score.joint is None else "✓" if score.joint else "!"


def counted(score: Score) -> str:
    """A turn's cells in words, e.g. ``2 new, 1 missed``."""
    return ", ".join(f"{score.counts[letter]} {word}" for letter, word in KINDS.items() if score.counts.get(letter)) or "nothing filled"


def told(cell: Cell) -> str:
    """A cell in words, e.g. ``north (before: none), wrong; gold: centre``."""
    before = "" if cell.move in ("", "C") else f" (before: {cell.before})"
    gold = "" if cell.gold is None else f"; gold: {cell.gold}"
    unknown = "" if cell.known else "; the heads do not know this slot"
    sure = "" if cell.confidence is None else f"; confidence {cell.confidence:.0%}"
    return f"{cell.value}{before}, {KINDS.get(cell.kind, 'empty')}{gold}{sure}{unknown}"


def _slot_square(slot: str, turn: int, cell: Cell | None) -> Square:
    if cell is None or not cell.kind:
        return Square(row=slot, turn=turn, letter="", words="", hover="empty")
    value = f"({cell.before})" if cell.kind == "D" else f"({cell.gold})" if cell.kind == "M" else cell.value
    return Square(row=slot, turn=turn, letter=cell.kind, words=value, hover=told(cell), more="D" if (cell.kind, cell.move) == ("M", "D") else "")


def _score_square(name: str, title: str, score: Score) -> Square:
    filled = sum(score.counts.get(letter, 0) for letter in "NCXWE")
    words = "" if score.joint else str(filled if score.joint is None else score.errors)
    judged = {True: "jointly right; ", False: "not jointly right; ", None: ""}[score.joint]
    return Square(row=name, turn=score.turn, letter=verdict(score), words=words, hover=f"{title if name != GOLD else 'Gold'}: {judged}{counted(score)}")


def _figure(squares: Sequence[Square], rows: Mapping[str, str], columns: Mapping[int, str], look: Look) -> go.Figure:
    left = int(min(210, 18 + CHARACTER * max(map(len, rows.values()), default=1)))
    room = int((look.width - left) / max(1, len(columns)) / CHARACTER)
    ys, xs = {row: place for place, row in enumerate(rows)}, {turn: place for place, turn in enumerate(columns)}
    figure = go.Figure([_grounds(squares, xs, ys), _hits(squares, rows, xs, ys), _words(squares, xs, ys, room, look.differing)])
    framed = [place for place, sign in look.differing.items() if sign == "≠"]
    figure.update_layout(shapes=[*_outlines(framed, xs, ys, "dash", 2), *_outlines([look.chosen] if look.chosen else [], xs, ys, "solid", 3)])
    heads = [f"<b>{words}</b>" if look.chosen and turn == look.chosen[1] else words for turn, words in columns.items()]
    figure.update_xaxes(tickvals=list(xs.values()), ticktext=heads, side="top", tickangle=0, range=[-0.5, max(len(columns), 4) - 0.5])
    figure.update_yaxes(tickvals=list(ys.values()), ticktext=[escape(words) for words in rows.values()], range=[len(rows) - 0.5, -0.5])
    figure.update_xaxes(showgrid=False, zeroline=False, fixedrange=True, tickfont_size=11.5)
    figure.update_yaxes(showgrid=False, zeroline=False, fixedrange=True, tickfont_size=11.5)
    return figure.update_layout(height=ROW * len(rows) + 52, margin={"t": 44, "l": left, "r": 4, "b": 8}, showlegend=False, dragmode=False,
                                hovermode="closest", hoverdistance=60, plot_bgcolor="rgba(0,0,0,0)", paper_bgcolor="rgba(0,0,0,0)")


def _grounds(squares: Sequence[Square], xs: Mapping[int, int], ys: Mapping[str, int]) -> go.Heatmap:
    """The colours; a heat map reports no click, so it is no more than the ground."""
    order, many = list(COLOURS), len(COLOURS)
    scale = [(edge / many, colour) for place, colour in enumerate(COLOURS.values()) for edge in (place, place + 1)]
    return go.Heatmap(x=[xs[one.turn] for one in squares], y=[ys[one.row] for one in squares], z=[order.index(one.letter) + 0.5 for one in squares],
                      zmin=0, zmax=many, colorscale=scale, showscale=False, xgap=2, ygap=2, hoverinfo="skip")


def _hits(squares: Sequence[Square], rows: Mapping[str, str], xs: Mapping[int, int], ys: Mapping[str, int]) -> go.Scatter:
    hover = [f"<b>{escape(rows[one.row])}</b> after utterance {one.turn + 1}<br>{escape(one.hover)}" for one in squares]
    return go.Scatter(x=[xs[one.turn] for one in squares], y=[ys[one.row] for one in squares], customdata=[[one.row, one.turn] for one in squares],
                      mode="markers", marker={"symbol": "square", "size": NARROW - 4, "opacity": 0}, text=hover, hovertemplate="%{text}<extra></extra>",
                      selected={"marker": {"opacity": 0}}, unselected={"marker": {"opacity": 0}})


def _words(squares: Sequence[Square], xs: Mapping[int, int], ys: Mapping[str, int], room: int, differing: Mapping[Place, str]) -> go.Scatter:
    words = [differing.get((one.row, one.turn), "") + _label(one, room) for one in squares]
    return go.Scatter(x=[xs[one.turn] for one in squares], y=[ys[one.row] for one in squares], text=words, mode="text", hoverinfo="skip",
                      textfont={"color": [theme.INK if one.letter else theme.ABSENT for one in squares], "size": 11},
                      selected={"textfont": {"color": theme.INK}}, unselected={"textfont": {"color": theme.INK}})


def _label(one: Square, room: int) -> str:
    """The letter, with as much of the words as fits; a number always does."""
    sign = f"<b>{one.letter}{one.more}</b>"
    if one.letter in ("!", "–"):
        return f"{sign} {one.words}"
    room -= 2 + len(one.more)
    short = one.words if len(one.words) <= room else f"{one.words[:room - 1]}…"
    return f"{sign} {escape(short)}" if one.words and room >= 5 else sign


def _outlines(places: Collection[Place], xs: Mapping[int, int], ys: Mapping[str, int], dash: str, width: int) -> list[dict[str, object]]:
    return [{"type": "rect", "x0": xs[turn] - 0.48, "x1": xs[turn] + 0.48, "y0": ys[row] - 0.46, "y1": ys[row] + 0.46, "layer": "above",
             "line": {"width": width, "color": theme.CHOSEN, "dash": dash}} for row, turn in places if row in ys and turn in xs]

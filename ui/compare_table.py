"""The grid of Compare as a compact table: nine variants fit 1280 px, signs and colours mark what differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from engine.dialogue.model import Turn
from ui.choices import TASKS
from ui.compare_rows import Cell, Row
from ui.dialogue_view import label

LEGEND = ("≠ differs from the baseline · R right, W wrong against the gold answer · bar and %: confidence (of the least sure part) · "
          "click a cell, or use the arrow keys and Enter, to open it")

CSS = """
:is(.da-grid,.da-verdicts){width:100%;table-layout:fixed;border-collapse:collapse;font-size:.74rem;line-height:1.3}
:is(.da-grid,.da-verdicts) th,:is(.da-grid,.da-verdicts) td{border:1px solid color-mix(in srgb,currentColor 18%,transparent);padding:.22rem .3rem;
 text-align:left;vertical-align:top;overflow-wrap:anywhere}
:is(.da-grid,.da-verdicts) thead th{background:color-mix(in srgb,currentColor 8%,transparent)}
:is(.da-grid,.da-verdicts) .turn th{background:color-mix(in srgb,currentColor 4%,transparent);font-weight:500}
:is(.da-grid,.da-verdicts) td.differs{background:color-mix(in srgb,#e08a2e 28%,transparent)}
:is(.da-grid,.da-verdicts) td.gold{background:color-mix(in srgb,#3b82c4 14%,transparent)}
.da-clip{display:-webkit-box;-webkit-line-clamp:5;-webkit-box-orient:vertical;overflow:hidden}
.da-small{opacity:.8;font-size:.68rem;font-weight:400;white-space:nowrap}
.da-verdicts .da-small{white-space:normal}
.da-grid [data-cell]{cursor:pointer}
.da-grid [data-cell]:hover{outline:2px solid color-mix(in srgb,currentColor 45%,transparent);outline-offset:-2px}
.da-grid [data-cell]:focus-visible{outline:3px solid #d6336c;outline-offset:-3px}
.da-meter{display:block;height:.28rem;margin-top:.15rem;background:color-mix(in srgb,currentColor 14%,transparent)}
.da-meter>i{display:block;height:100%;background:color-mix(in srgb,currentColor 60%,transparent)}
"""


def table(rows: Sequence[Row], turns: Sequence[Turn], titles: Mapping[str, str], baseline: str, *, grouped: bool) -> str:
    """The grid as HTML; ``grouped`` writes each utterance once, above its rows."""
    with_gold = any(row.gold is not None for row in rows)
    names = list(rows[0].cells) if rows else []
    width = 1 + with_gold + len(names)
    body, shown = [], -1
    for row in rows:
        if grouped and row.turn != shown:
            shown = row.turn
            body.append(f'<tr class="turn"><th scope="rowgroup" colspan="{width}">{escape(label(turns, shown, 150))}</th></tr>')
        body.append(_line(row, names, with_gold, "" if grouped else label(turns, row.turn, 24)))
    head = f"<thead><tr>{_head(names, titles, baseline, with_gold)}</tr></thead>"
    return f'<table class="da-grid" role="grid">{head}<tbody>{"".join(body)}</tbody></table>'


def _head(names: Sequence[str], titles: Mapping[str, str], baseline: str, with_gold: bool) -> str:
    gold = '<th scope="col">Gold</th>' if with_gold else ""
    note = '<br><span class="da-small">baseline</span>'
    return '<th scope="col">Task</th>' + gold + "".join(
        f'<th scope="col">{escape(titles[name])}{note if name == baseline else ""}</th>' for name in names)


def _line(row: Row, names: Sequence[str], with_gold: bool, where: str) -> str:
    place = f'<br><span class="da-clip da-small" style="white-space:normal">{escape(where)}</span>' if where else ""
    gold = f'<td class="gold" title="{escape(row.gold_full or "")}"><span class="da-clip">{_soft(row.gold or "–")}</span></td>'
    cells = "".join(_cell(row, name, row.cells[name]) if name in row.cells else "<td>–</td>" for name in names)
    return f'<tr><th scope="row">{TASKS.get(row.task, row.task)}{place}</th>{gold if with_gold else ""}{cells}</tr>'


def _cell(row: Row, name: str, cell: Cell) -> str:
    marks = [mark for mark, shown in (("≠", cell.differs), ("R", cell.right is True), ("W", cell.right is False)) if shown]
    bar = ""
    if cell.confidence is not None:
        marks.append(f"{cell.confidence:.0%}")
        bar = f'<span class="da-meter" aria-hidden="true"><i style="width:{cell.confidence:.0%}"></i></span>'
    return (f'<td class="{"differs" if cell.differs else "same"}" data-cell="{escape(address(row, name))}" title="{escape(cell.full)}">'
            f'<span class="da-clip">{_soft(cell.text)}</span><span class="da-small">{" ".join(marks)}</span>{bar}</td>')


def address(row: Row, variant: str = "") -> str:
    """What names a row, or one of its cells, whatever the order of rows: ``turn|task`` or ``turn|task|variant``."""
    return f"{row.turn}|{row.task}|{variant}" if variant else f"{row.turn}|{row.task}"


def _soft(text: str) -> str:
    """Escaped text that may break after an underscore, hyphen or equals sign."""
    soft = escape(text)
    for mark in "_-=":
        soft = soft.replace(mark, f"{mark}<wbr>")
    return soft

"""The switchboard's tiles as HTML: a task, its answer so far, and whether that has the task's form; every foreign word is escaped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from engine.serve.zoo.base import ZooAnswer
from engine.serve.zoo.export import in_words
from engine.zoo import ZOO_TASKS
from ui.dialogzoo_board import NAMES, Board, Row, unseen

LEGEND = ("**V** valid: of the task's form, and naming only what it was given · **I** invalid · **S** stopped before its end · **…** being written · "
          "**–** not asked. Click a tile, or use the arrow keys and Enter, for its prompt and knowledge.")
_WIDE = 3
_STYLE = """<style>
.da-zoo{width:100%;table-layout:fixed;border-collapse:separate;border-spacing:.35rem;font-size:.8rem;line-height:1.35;margin:-.35rem}
.da-zoo td{border:1px solid color-mix(in srgb,currentColor 22%,transparent);border-radius:.5rem;padding:.4rem .55rem;
 vertical-align:top;cursor:pointer;height:5.3rem}
.da-zoo td.none{border:none;cursor:default}
.da-zoo td.bad{background:color-mix(in srgb,#e08a2e 18%,transparent)}
.da-zoo td.good{background:color-mix(in srgb,#3b82c4 11%,transparent)}
.da-zoo td.chosen{outline:2px solid #d6336c;outline-offset:-1px}
.da-zoo td[data-cell]:hover{border-color:currentColor}
.da-zoo td:focus-visible{outline:3px solid #d6336c;outline-offset:-3px}
.da-zoo header{display:flex;gap:.4rem;align-items:baseline;justify-content:space-between;margin-bottom:.2rem}
.da-zoo b{font-weight:700}
.da-zoo .what{opacity:.8;font-size:.72rem}
.da-zoo .form{flex:none;font-size:.72rem;border:1px solid color-mix(in srgb,currentColor 40%,transparent);border-radius:.6rem;padding:0 .4rem}
.da-zoo .said{overflow-wrap:anywhere;white-space:pre-wrap;display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;overflow:hidden}
.da-zoo .said.not{opacity:.75;font-style:italic}
.da-zoo footer{opacity:.8;font-size:.7rem;margin-top:.25rem}
</style>"""


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one tile looks."""

    letter: str
    word: str
    look: str
    said: str
    notes: tuple[str, ...]


def tiles(board: Board, chosen: str, growing: Mapping[str, str] | None = None) -> str:
    """All tiles, three in a line; ``growing``: task to its text so far, of those that are being written."""
    cells = [_tile(task, look(board, row, (growing or {}).get(task)), task == chosen) for task, row in board.rows.items()]
    cells += ['<td class="none"></td>'] * (-len(cells) % _WIDE)
    lines = (f"<tr>{''.join(cells[start:start + _WIDE])}</tr>" for start in range(0, len(cells), _WIDE))
    return f'{_STYLE}<table class="da-zoo" role="grid" aria-label="Tasks and answers"><tbody>{"".join(lines)}</tbody></table>'


def look(board: Board, row: Row, text: str | None = None) -> Look:
    """What one tile says."""
    task, answer = row.asked.task, row.answers.get(board.constrained)
    if text is not None:
        return Look(letter="…", word="writing", look="", said=text.strip().removeprefix(f"[{task}]").strip(), notes=("live",))
    if answer is None:
        return Look(letter="–", word="not asked", look="", said=_lacking(row), notes=_cuts(row))
    letter, word, tint = verdict(answer)
    weak = ("weak task",) if task in board.model.card.weak else ()
    return Look(letter=letter, word=word, look=tint, said=in_words(answer), notes=("live", f"{answer.tokens} tokens", *weak, *_cuts(row)))


def verdict(answer: ZooAnswer) -> tuple[str, str, str]:
    """Letter, word and tint of an answer's form."""
    if answer.valid:
        return "V", "valid", "good"
    return ("S", "stopped", "") if answer.stopped else ("I", "invalid", "bad")


def _lacking(row: Row) -> str:
    if row.asked.task == "clo" and unseen():
        return "Its entities are looked for when it is asked."
    return row.asked.reason or ZOO_TASKS[row.asked.task].definition


def _cuts(row: Row) -> tuple[str, ...]:
    read, question = row.asked.prompt, row.asked.question
    edited = ("prompt edited",) if question and question.prompt else ()
    if read is None:
        return edited
    return (*edited, *([f"{read.turns_cut} turns cut"] if read.turns_cut else []), *([f"{read.items_cut} items cut"] if read.items_cut else []))


def _tile(task: str, shown: Look, chosen: bool) -> str:
    classes = " ".join(filter(None, (shown.look, "chosen" if chosen else "")))
    said = f'<div class="said{" not" if shown.letter == "–" else ""}">{escape(shown.said)}</div>' if shown.said else ""
    return (f'<td class="{classes}" data-cell="{task}" role="gridcell"><header><span><b>{NAMES[task]}</b> <span class="what">{escape(ZOO_TASKS[task].title)}'
            f'</span></span><span class="form"><b>{shown.letter}</b> {shown.word}</span></header>{said}<footer>{escape(" · ".join(shown.notes))}</footer></td>')

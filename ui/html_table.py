"""A small table of foreign words: escaped, wrapped, never wider than its place; good on light and dark grounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal

import streamlit as st

_CSS = """<style>
.da-table{width:100%;border-collapse:collapse;font-size:.82rem;line-height:1.35}
.da-table th,.da-table td{border:1px solid color-mix(in srgb,currentColor 18%,transparent);padding:.25rem .45rem;text-align:left;
 vertical-align:top;overflow-wrap:anywhere}
.da-table thead th{background:color-mix(in srgb,currentColor 8%,transparent);overflow-wrap:break-word}
.da-table td.good{background:color-mix(in srgb,#3b82c4 22%,transparent)}
.da-table td.bad{background:color-mix(in srgb,#e08a2e 24%,transparent)}
.da-letter{font-weight:700;margin-right:.3rem}
.da-share{opacity:.8;font-size:.75rem;margin-left:.35rem;white-space:nowrap}
</style>"""


@dataclass(frozen=True, kw_only=True)
class TableCell:
    """One cell: words, a letter before them, a share after them, and a tint that says the same as the letter."""

    text: str
    letter: str = ""
    share: float | None = None
    look: Literal["good", "bad", ""] = ""


def html_table(columns: Sequence[str], rows: Sequence[Sequence[TableCell]], key: str) -> None:
    """Draw the table; the first cell of a row is its heading."""
    head = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    body = "".join(f'<tr><th scope="row">{escape(first.text)}</th>{"".join(map(_cell, rest))}</tr>' for first, *rest in rows)
    with st.container(key=key):
        st.html(f'{_CSS}<table class="da-table"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>')


def _cell(cell: TableCell) -> str:
    letter = f'<span class="da-letter">{escape(cell.letter)}</span>' if cell.letter else ""
    share = "" if cell.share is None else f'<span class="da-share">{cell.share:.0%}</span>'
    return f'<td class="{cell.look}">{letter}{escape(cell.text)}{share}</td>'

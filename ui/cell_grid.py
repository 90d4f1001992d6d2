"""A table whose cells open: by a click, or by the arrow keys and Enter; the words are drawn by the server and escaped there.

A dialog that Escape closes gives the focus back to the cell that opened it.
"""

from __future__ import annotations

from functools import cache

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from ui.compare_table import CSS

_JS = """
export default function (component) {
  const { data, parentElement, setTriggerValue } = component
  const root = parentElement.querySelector(".da-cells")
  if (root.shown !== data.html) { root.innerHTML = data.html; root.shown = data.html }
  const cells = () => [...root.querySelectorAll("[data-cell]")]
  const lines = () => [...root.querySelectorAll("tr")].map(line => [...line.querySelectorAll("[data-cell]")]).filter(line => line.length)
  const enter = cell => { cells().forEach(one => { one.tabIndex = one === cell ? 0 : -1 }); cell.focus() }
  const open = cell => { enter(cell); root.last = cell; setTriggerValue("opened", cell.dataset.cell) }
  cells().forEach((cell, place) => { cell.tabIndex = place ? -1 : 0 })
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }
  root.onclick = event => { const cell = event.target.closest("[data-cell]"); if (cell) open(cell) }
  root.onkeydown = event => {
    const cell = event.target.closest("[data-cell]")
    if (!cell) return
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(cell) }
    if (!(event.key in steps)) return
    event.preventDefault()
    const [down, right] = steps[event.key], all = lines(), at = all.findIndex(line => line.includes(cell))
    const line = all[at + down], next = line && line[line === all[at] ? line.indexOf(cell) + right : Math.min(all[at].indexOf(cell), line.length - 1)]
    if (next) enter(next)
  }
  const back = event => setTimeout(() => { if (event.key === "Escape" && root.last && document.activeElement === document.body) root.last.focus() }, 400)
  if (!root.back) document.addEventListener("keyup", root.back = back)
  return () => { document.removeEventListener("keyup", root.back); root.back = null }
}
"""


@cache
def _component() -> ComponentRenderer:
    return st.components.v2.component("dialatlas_cells", html='<div class="da-cells"></div>\n', css=CSS, js=_JS)


def cell_grid(html: str, key: str) -> str | None:
    """Draw ``html`` (every foreign word in it escaped); the ``data-cell`` of a cell that was just opened, else None."""
    opened = _component()(data={"html": html}, key=key, on_opened_change=lambda: None).opened
    return str(opened) if opened else None

"""Colours that read on light and dark grounds and with any colour vision."""

from __future__ import annotations

DIVERGING = ["#e08a3c", "#f0bd8b", "#ecebe6", "#9cc7e8", "#559fd8"]
"""Orange (worse) over near-white (same) to blue (better); `INK` reads on all of it (contrast above 6)."""
INK = "#16191d"
"""Text on a `DIVERGING` cell."""
GROUND = {"light": "#ffffff", "dark": "#171614"}
"""The page's own ground, as Streamlit paints it."""
ABSENT = "#8a8f98"
"""Marks for what is not there."""
CHOSEN = "#d6336c"
"""The outline of what the visitor chose."""
ABILITY, STRUCTURE = ("#559fd8", "#c3d9ea"), ("#e08a3c", "#edd5bf")
"""Strong where chosen, pale elsewhere; `INK` reads on both."""
SERIES = {"dsp": ("#5097cd", "circle"), "crm": ("#ce7e37", "square"), "dcv": ("#2fa37c", "diamond"),
          "enp": ("#bf79a8", "triangle-up"), "dur": ("#a88f00", "x"), "joint": ("#8a6fd1", "star"), "enp_no_mlm": ("#d9534f", "triangle-down"),
          "mlm": ("#8a8f98", "cross"), "bert": ("#6b8e9f", "hexagon")}
"""Colour and shape per variant: told apart by either."""
ICON = ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="7" height="7" fill="#559fd8"/>'
        '<rect x="9" width="7" height="7" fill="#9cc7e8"/><rect y="9" width="7" height="7" fill="#f0bd8b"/>'
        '<rect x="9" y="9" width="7" height="7" fill="#e08a3c"/></svg>')
"""The browser tab's picture; drawn here since Streamlit fetches a named icon from an outside host."""

"""Tokens as HTML: coloured, underlined and signed by what they speak for; and the ruler of what was read and cut."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from engine.dialogue.model import Turn
from engine.serve.reasons import Attribution, Piece, Seen
from ui.dialogue_view import LETTERS
from ui.figures import signed

MOST_CUT = 300
"""Cut tokens that are drawn."""
MARKED = 0.3
"""Tokens of at least this share of the strongest carry their sign."""
LEGEND = "Blue, solid line, + speaks for the answer · orange, dotted line, − speaks against it · the stronger, the thicker; rest on a token for its number"

CSS = """<style>
.da-why{font-size:.86rem;line-height:1.95}
.da-why-turn{display:flex;gap:.4rem;align-items:baseline;border-top:1px solid color-mix(in srgb,currentColor 12%,transparent);padding:.1rem 0}
.da-why-turn>span:nth-child(2){flex:1;min-width:0;overflow-wrap:anywhere}
.da-why-who{flex:none;font-weight:600;font-size:.72rem;opacity:.8;min-width:2rem}
.da-why-sum{flex:none;font-size:.74rem;font-variant-numeric:tabular-nums;opacity:.85}
.da-tok{padding:.05rem .08rem;border-radius:.15rem}
.da-tok sup{font-size:.62rem;font-weight:700;line-height:0}
.da-ruler{font-size:.8rem;line-height:2;overflow-wrap:anywhere}
.da-piece{display:inline-block;padding:0 .25rem;margin:.05rem .1rem;border:1px solid color-mix(in srgb,currentColor 22%,transparent);border-radius:.2rem;
 line-height:1.45;white-space:pre}
.da-piece.marker,.da-piece.special{font-weight:700;background:color-mix(in srgb,currentColor 12%,transparent)}
.da-piece.special{border-style:double;border-width:3px}
.da-piece.even{background:color-mix(in srgb,#3b82c4 14%,transparent)}
.da-piece.gone{opacity:.6;text-decoration:line-through;border-style:dashed}
.da-cut{border-top:2px dashed #d9534f;margin:.3rem 0;font-weight:600;font-size:.78rem}
</style>"""


def coloured(found: Attribution, turns: Sequence[Turn]) -> str:
    """Each turn that was read on a line of its own, with the sum of its tokens."""
    top = max((abs(score) for score in found.scores), default=0.0) or 1.0
    pairs = [pair for pair in zip(found.pieces, found.scores, strict=True) if pair[0].turn is not None]
    lines = []
    for turn, group in groupby(pairs, key=lambda pair: pair[0].turn or 0):
        said = "".join(_token(piece, score, score / top) for piece, score in group if piece.kind == "word")
        lines.append(f'<div class="da-why-turn"><span class="da-why-who">{turn + 1} {LETTERS[turns[turn].speaker]}</span><span>{said}</span>'
                     f'<span class="da-why-sum" title="sum of this turn">{signed(found.turns[turn])}</span></div>')
    return f'{CSS}<div class="da-why">{"".join(lines)}</div>'


def ruler(seen: Seen, turns: Sequence[Turn]) -> str:
    """Every token in the order of the text, with a line where the limit cut; of what was cut, the part next to the line."""
    gone = [piece for piece in seen.pieces if not piece.kept]
    kept = "".join(_piece(piece, turns) for piece in seen.pieces if piece.kept)
    if not gone:
        return f'{CSS}<div class="da-ruler">{kept}</div>'
    first = bool(seen.pieces.index(gone[0]) == 1)  # a history loses its beginning, an utterance its end
    drawn = gone[-MOST_CUT:] if first else gone[:MOST_CUT]
    more = f"{len(gone) - len(drawn):,} more … " if len(gone) > len(drawn) else ""
    lost = "".join(_piece(piece, turns) for piece in drawn)
    side = "above" if first else "below"
    line = f'<div class="da-cut">✂ cut here: tokens {side} were not read, {len(gone):,} in all (limit {seen.limit})</div>'
    parts = (f"{more}{lost}", line, kept) if first else (kept, line, f"{lost} {more}")
    return f'{CSS}<div class="da-ruler">{"".join(parts)}</div>'


def pieces(given: Sequence[Piece], turns: Sequence[Turn]) -> str:
    """A short sequence, e.g. a candidate response."""
    return f'{CSS}<div class="da-ruler">{"".join(_piece(piece, turns) for piece in given)}</div>'


def _token(piece: Piece, score: float, share: float) -> str:
    color, style = ("#3b82c4", "solid") if score >= 0 else ("#e08a2e", "dotted")
    strength = min(1.0, abs(share))
    look = f"background:color-mix(in srgb,{color} {round(55 * strength)}%,transparent);border-bottom:{round(3 * strength, 1)}px {style} {color}"
    sign = f"<sup>{'+' if score >= 0 else '−'}</sup>" if strength >= MARKED else ""
    text = escape(piece.text)
    space = "" if text.startswith("##") else " "
    return f'{space}<span class="da-tok" style="{look}" title="{text} {signed(score)}">{text.removeprefix("##")}{sign}</span>'


def _piece(piece: Piece, turns: Sequence[Turn]) -> str:
    said_in = "candidate" if piece.turn is None else f"utterance {piece.turn + 1} {LETTERS[turns[piece.turn].speaker]}"
    where = "special token" if piece.kind == "special" else said_in
    kind = piece.kind if piece.kind != "word" else "even" if (piece.turn or 0) % 2 == 0 else "odd"
    return f'<span class="da-piece {kind}{"" if piece.kept else " gone"}" title="{where}, id {piece.id}">{escape(piece.text)}</span>'

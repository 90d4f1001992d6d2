"""Packing: several sequences in one row, kept apart by a block-diagonal mask and restarting positions.

A restart of ``position_ids`` alone lets BERT attend across sequences without a word, so the 4-D mask is what keeps them apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

# R rows, W row width, T all tokens, S sequences, Q first tokens of one row


@dataclass(frozen=True, kw_only=True)
class Packed:
    """Rows ready for the encoder."""

    input_ids_RW: Tensor
    position_ids_RW: Tensor
    mask_R1WW: Tensor
    """True where a token may look."""
    flat_T: Tensor
    """Index into the flattened rows for every token, in the order of the sequences."""
    starts_S: Tensor
    """Index into the T tokens of each sequence's first token."""

    @cached_property
    def firsts(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Where first tokens are: index into the flattened rows, row and number within the row of each sequence, (S,); columns per row, (R, Q).

        A row with fewer sequences than others names its first token again.
        """
        rows, width = self.input_ids_RW.shape
        place_S = self.flat_T[self.starts_S]
        row_S, column_S = place_S // width, place_S % width
        number_S = torch.tensor(_within(row_S.tolist()), device=place_S.device)
        columns_RQ = torch.zeros(rows, int(number_S.max()) + 1, dtype=torch.long, device=place_S.device)
        columns_RQ[row_S, number_S] = column_S
        return place_S, row_S, number_S, columns_RQ


def _within(rows: Sequence[int]) -> list[int]:
    """How many earlier entries are equal.

    >>> _within([0, 1, 0, 0])
    [0, 0, 1, 2]
    """
    seen: Counter[int] = Counter()
    numbers = []
    for row in rows:
        numbers.append(seen[row])
        seen[row] += 1
    return numbers


def plan(lengths: Sequence[int], width: int) -> list[list[int]]:
    """First-fit decreasing: which sequences share a row.

    >>> plan([5, 3, 4, 2], 8)
    [[0, 1], [2, 3]]
    """
    rows: list[list[int]] = []
    room: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        row = next((r for r, left in enumerate(room) if left >= lengths[index]), None)
        if row is None:
            rows.append([])
            room.append(width)
            row = len(rows) - 1
        rows[row].append(index)
        room[row] -= lengths[index]
    return rows


def pack(sequences: Sequence[Sequence[int]], device: torch.device | str = "cpu") -> Packed:
    """Pack sequences of wordpiece ids into rows as wide as the longest of them."""
    lengths = [len(ids) for ids in sequences]
    width = max(lengths)
    rows = plan(lengths, width)
    ids, positions = torch.zeros(len(rows), width, dtype=torch.long), torch.zeros(len(rows), width, dtype=torch.long)
    owner = torch.full((len(rows), width), -1)
    first = [0] * len(sequences)
    for number, row in enumerate(rows):
        offset = 0
        for index in row:
            end = offset + lengths[index]
            ids[number, offset:end] = torch.tensor(sequences[index])
            positions[number, offset:end] = torch.arange(lengths[index])
            owner[number, offset:end] = index
            first[index] = number * width + offset
            offset = end
    flat = torch.cat([torch.arange(start, start + length) for start, length in zip(first, lengths, strict=True)])
    starts = torch.tensor([0, *lengths[:-1]]).cumsum(0)
    mask = (owner[:, None, :, None] == owner[:, None, None, :])
    return Packed(input_ids_RW=ids.to(device), position_ids_RW=positions.to(device), mask_R1WW=mask.to(device),
                  flat_T=flat.to(device), starts_S=starts.to(device))

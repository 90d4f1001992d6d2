"""Layers as they are served against transformers' own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from engine.models import checkpoint
from engine.models.encoder import Encoder, read
from engine.models.lean import SIZES, can_be_lean
from engine.models.packing import pack
from tests.unit import tiny
from tests.unit.test_shipped import saved, trained

SEQUENCES = [[2, 5, 6, 7, 3], [2, 8, 3], [2, *range(4, 24), 3], [2, 9, 9, 3]]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture
def layered(base: str, tmp_path: Path) -> Encoder:
    """A tiny encoder with low-rank pairs in one layer."""
    delta = saved(tmp_path / "x.safetensors", trained(base, "lora", 1, markers=False), layers=[1])
    return checkpoint.with_top(Encoder(base), delta, folded=False).eval()


@torch.no_grad()
def states(encoder: Encoder, precision: torch.dtype | None, sequences: list[list[int]] = SEQUENCES) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """All tokens' states, first tokens' states by the shorter way, and what `read` gives."""
    encoder.served_in = precision
    return encoder(sequences)[0], encoder.cls(sequences), read(encoder, sequences, [(row, 1) for row in range(len(sequences))])


def test_in_float32_states_are_equal(layered: Encoder) -> None:
    for lean, plain in zip(states(layered, torch.float32), states(layered, None), strict=True):
        torch.testing.assert_close(lean, plain, atol=1e-6, rtol=1e-6)


def test_in_bfloat16_states_are_close_and_not_equal(layered: Encoder) -> None:
    for lean, plain in zip(states(layered, torch.bfloat16), states(layered, None), strict=True):
        assert not torch.equal(lean, plain)
        torch.testing.assert_close(lean, plain, atol=0.1, rtol=0.1)


@pytest.mark.parametrize("count", [1, SIZES[0], SIZES[0] + 1, SIZES[-1] + 1])
def test_states_do_not_hang_on_what_is_read_beside(layered: Encoder, count: int) -> None:
    """Rows are filled up to a size, and cut where there are more than the largest."""
    alone = states(layered, torch.bfloat16, [[2, 7, 8, 3]])[0]
    many = states(layered, torch.bfloat16, [[2, 7, 8, 3], *[[2, 9, 10, 3]] * (count // 4)])[0]
    torch.testing.assert_close(many[:4], alone, atol=0.02, rtol=0.02)


def test_gradients_take_transformers_own_layers(layered: Encoder) -> None:
    layered.served_in = torch.bfloat16
    packed = pack(SEQUENCES)
    layered.first(layered.climb(layered.embed(packed), packed, list(layered.layers)[:-1]), packed, layered.layers[-1]).sum().backward()  # type: ignore[no-untyped-call]
    assert layered.embeddings.markers.grad is not None or any(weight.grad is not None for weight in layered.parameters())


def test_only_layers_that_are_known_are_lean(layered: Encoder) -> None:
    assert all(map(can_be_lean, layered.layers))
    layered.layers[0].intermediate.intermediate_act_fn = torch.nn.ReLU()  # type: ignore[union-attr]
    assert [can_be_lean(layer) for layer in layered.layers] == [False, *[True] * (len(layered.layers) - 1)]

"""Encoder, packing, adapters and heads against one-by-one forwards and numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import log_loss
from torch.nn import functional

from engine.errors import MissingDataError
from engine.models.adapters import adapter_state, add_adapters, fold, load_adapters, trainable
from engine.models.attention import EXPLICIT, attend
from engine.models.batch import HeadSpec
from engine.models.encoder import Encoder, read, slices
from engine.models.heads import Classifier, MultiLabel, Rank, Siamese, Slots, build_head
from engine.models.packing import pack, plan
from engine.models.tokens import TextForm, Tokens
from tests.unit import tiny

LENGTHS = st.lists(st.integers(1, 20), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert")


@pytest.fixture
def encoder(base: str) -> Encoder:
    made = Encoder(base).eval()
    made.embeddings.markers.data += 0.5
    return made


def sequences(encoder: Encoder, count: int = 7) -> list[list[int]]:
    form = TextForm(encoder.tokens, 40)
    return [form.history(dialogue.turns[: 1 + n % 4])[0] for n, dialogue in enumerate(tiny.toy()[:count])]


def alone(encoder: Encoder, ids: list[int]) -> torch.Tensor:
    """States of one sequence by transformers' own path: no mask, no positions given."""
    return encoder.model(input_ids=torch.tensor([ids])).last_hidden_state[0]


# Packing and reading


@torch.no_grad()
def test_packed_equals_one_by_one(encoder: Encoder) -> None:
    given_ids = sequences(encoder)
    assert {*encoder.tokens.marker_ids.values()} <= {token for ids in given_ids for token in ids}
    states, starts = encoder(given_ids)
    for start, ids in zip(starts.tolist(), given_ids, strict=True):
        torch.testing.assert_close(states[start:start + len(ids)], alone(encoder, ids), atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["electra", "roberta"])
def test_packed_equals_one_by_one_in_other_families(kind: str, tmp_path: Path) -> None:
    other = Encoder(getattr(tiny, kind)(tmp_path / kind)).eval()
    given_ids = sequences(other)
    states, starts = other(given_ids)
    for start, ids in zip(starts.tolist(), given_ids, strict=True):
        torch.testing.assert_close(states[start:start + len(ids)], alone(other, ids), atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_embedding_and_climbing_equals_the_forward_pass(encoder: Encoder) -> None:
    packed = pack(sequences(encoder))
    top = encoder.climb(encoder.embed(packed), packed, list(encoder.layers))
    torch.testing.assert_close(top.flatten(0, 1)[packed.flat_T], encoder(sequences(encoder))[0], atol=1e-5, rtol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("kind", ["bert", "electra", "roberta"])
def test_the_top_layer_for_first_tokens_alone_equals_the_forward_pass(kind: str, tmp_path: Path) -> None:
    encoder = Encoder(getattr(tiny, kind)(tmp_path / kind)).eval()
    *between, top = list(encoder.layers)
    given_ids = [part for ids in sequences(encoder) for part in (ids, ids[:9], ids[9:])]
    packed = pack(given_ids)
    assert len(packed.input_ids_RW) < len(packed.starts_S), "several sequences share a row"
    states, starts = encoder(given_ids)
    torch.testing.assert_close(encoder.first(encoder.climb(encoder.embed(packed), packed, between), packed, top), states[starts], atol=1e-5, rtol=1e-5)


@torch.no_grad()
def test_attention_is_ours(encoder: Encoder) -> None:
    assert encoder.model.config._attn_implementation == EXPLICIT


@pytest.mark.parametrize("masked", [True, False])
def test_written_out_attention_equals_pytorchs(masked: bool) -> None:
    rng = torch.Generator().manual_seed(3)
    given_QKV = [torch.randn(2, 3, 7, 4, generator=rng).bfloat16() for _ in range(3)]
    mask = (torch.arange(7)[:, None] // 3 == torch.arange(7)[None] // 3).expand(2, 1, 7, 7) if masked else None
    right = functional.scaled_dot_product_attention(*given_QKV, attn_mask=mask).transpose(1, 2)
    for trained in (True, False):
        parts = [part.clone().requires_grad_(trained) for part in given_QKV]
        out, _ = attend(torch.nn.Identity(), *parts, attention_mask=mask, is_causal=False)
        torch.testing.assert_close(out, right, atol=0.02, rtol=0.02)  # a mask read the wrong way round is off by tens of times that


def test_read_equals_forward_in_any_order(encoder: Encoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.models.encoder.slices", lambda order, lengths: slices(order, lengths, limit=50))
    given_ids = sequences(encoder)
    places = [(row, place) for row, ids in enumerate(given_ids) for place in (0, len(ids) - 1)]
    Random(0).shuffle(places)
    states = read(encoder, given_ids, places)
    assert states.shape == (len(places), 32) and not states.requires_grad
    for row, (sequence, place) in enumerate(places):
        torch.testing.assert_close(states[row], alone(encoder, given_ids[sequence])[place].detach(), atol=1e-5, rtol=1e-5)


@given(lengths=LENGTHS)
@settings(max_examples=80, deadline=None)
def test_packing_loses_no_token_and_shares_no_cell(lengths: list[int]) -> None:
    given_ids = [[100 * n + place for place in range(length)] for n, length in enumerate(lengths, start=1)]
    packed = pack(given_ids)
    assert sorted(index for row in plan(lengths, max(lengths)) for index in row) == list(range(len(lengths)))
    assert packed.input_ids_RW.flatten()[packed.flat_T].tolist() == [token for ids in given_ids for token in ids]
    assert packed.position_ids_RW.flatten()[packed.flat_T].tolist() == [place for length in lengths for place in range(length)]
    assert packed.starts_S.tolist() == np.cumsum([0, *lengths[:-1]]).tolist()
    owners = packed.input_ids_RW // 100
    assert torch.equal(packed.mask_R1WW[:, 0], owners[:, :, None] == owners[:, None, :])


@given(lengths=LENGTHS, limit=st.integers(1, 60))
@settings(max_examples=80, deadline=None)
def test_slices_keep_order_and_limit(lengths: list[int], limit: int) -> None:
    parts = slices(range(len(lengths)), lengths, limit)
    assert [index for part in parts for index in part] == list(range(len(lengths)))
    assert all(len(part) == 1 or sum(lengths[i] for i in part) <= limit for part in parts) and all(parts)


# Text form


def test_markers_are_single_ids_behind_the_vocabulary(encoder: Encoder) -> None:
    tokens = encoder.tokens
    known = len(tiny.VOCABULARY)
    assert tokens.marker_ids == {"user": known, "system": known + 1} and tokens.size == known + 2
    assert tokens.words([tokens.marker_ids["user"]]) == ["[USR]"] and not tokens.special_ids & {*tokens.marker_ids.values()}


def test_marker_rows_start_as_the_words_user_and_system(base: str) -> None:
    fresh = Encoder(base)
    rows = [tiny.VOCABULARY.index(word) for word in ("user", "system")]
    assert torch.equal(fresh.embeddings.markers, fresh.embeddings.words.weight[rows])
    ids = torch.tensor([[2, len(tiny.VOCABULARY), len(tiny.VOCABULARY) + 1, 7]])
    assert torch.equal(fresh.embeddings(ids), functional.embedding(ids, fresh.embeddings.weight))


@given(turns=st.lists(st.tuples(st.sampled_from(["user", "system"]), st.text("ab ", max_size=12)), max_size=8), limit=st.integers(3, 30),
       closed=st.booleans())
@settings(max_examples=150, deadline=None)
def test_history_keeps_the_end_and_knows_its_markers(turns: list[tuple[str, str]], limit: int, closed: bool) -> None:
    tokens = tiny.FakeTokens()
    spoken = [tiny.Turn(speaker=speaker, text=text) for speaker, text in turns]  # type: ignore[arg-type]
    ids, markers = TextForm(tokens, limit, closed=closed).history(spoken)  # type: ignore[arg-type]
    whole = [token for turn, words in zip(spoken, tokens.turns(spoken), strict=True) for token in (tokens.marker_ids[turn.speaker], *words)]
    body = ids[1:-1] if closed else ids[1:]
    assert ids[0] == 2 and (not closed or ids[-1] == 3) and len(ids) == min(limit, len(whole) + 1 + closed)
    assert body == whole[len(whole) - len(body):]
    assert [ids[place] for place in markers if place is not None] == [token for token in body if token >= 998]
    assert [place is None for place in markers] == sorted((place is None for place in markers), reverse=True) and len(markers) == len(turns)


def test_utterance_keeps_the_beginning_and_has_no_marker() -> None:
    form = TextForm(tiny.FakeTokens(), 20)  # type: ignore[arg-type]
    turn = tiny.said("one two three four").turns[0]
    assert form.utterance(turn) == [2, 5, 6, 7, 8, 3] and form.utterance(turn, 4) == [2, 5, 6, 3]


def test_tokens_of_the_cache_are_used_as_they_are(encoder: Encoder) -> None:
    first, second = tiny.said("the hotel", "a taxi").turns
    cached = tiny.Turn(speaker="user", text="the hotel", tokens=(30, 31))
    assert encoder.tokens.turns([cached, second, first]) == [[30, 31], *encoder.tokens.texts(["a taxi", "the hotel"])]


@pytest.mark.parametrize("kind", ["bert", "roberta"])
def test_a_mask_in_the_text_is_one_mask_token(kind: str, tmp_path: Path) -> None:
    tokens = Tokens(getattr(tiny, kind)(tmp_path / kind))
    assert tokens.texts(["A [MASK] b"], masks=True)[0].count(tokens.mask_id) == 1
    assert tokens.mask_id not in tokens.texts(["A [MASK] b"])[0], "a typed [MASK] is text like any other"


def test_case_and_markers_in_the_text_change_nothing(encoder: Encoder) -> None:
    assert encoder.tokens.texts(["The HOTEL"]) == encoder.tokens.texts(["the hotel"])
    assert not {*encoder.tokens.marker_ids.values(), 2, 3} & set(encoder.tokens.texts(["[USR] [CLS] [SEP] hi"])[0])


def test_the_fingerprint_follows_the_vocabulary(base: str, tmp_path: Path) -> None:
    swapped = tiny.bert(tmp_path / "swapped", words=(*tiny.VOCABULARY[:-1], "!!"))
    assert Tokens(base).fingerprint == Tokens(base).fingerprint != Tokens(swapped).fingerprint


def test_a_base_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="cannot be loaded") as caught:
        Encoder(str(tmp_path))
    assert "\n" not in caught.value.sentence


def test_rows_beyond_the_vocabulary_do_not_take_the_markers_place(tmp_path: Path) -> None:
    padded = Encoder(tiny.bert(tmp_path / "padded", rows=len(tiny.VOCABULARY) + 6)).eval()
    ids = [[2, padded.tokens.marker_ids["user"], 7, 3]]
    before = padded(ids)[0].detach()
    padded.embeddings.markers.data += 1
    assert not torch.allclose(before, padded(ids)[0])


# Adapters


def adapted(base: str, layers: list[int]) -> Encoder:
    """An encoder whose adapters and markers are far from where they start."""
    made = Encoder(base).eval()
    with torch.random.fork_rng():
        torch.manual_seed(1)
        add_adapters(made, rank=4, layers=layers, markers=True)
        for weight in trainable(made):
            weight.data += 0.3 * torch.randn_like(weight)
    return made


@torch.no_grad()
@pytest.mark.parametrize("layers", [[0, 1], [1]])
def test_folding_changes_no_output(base: str, layers: list[int]) -> None:
    made = adapted(base, layers)
    plain, before = Encoder(base).eval()(sequences(made))[0], made(sequences(made))[0]
    fold(made)
    assert not any("lora" in name for name, _ in made.named_parameters())
    torch.testing.assert_close(made(sequences(made))[0], before, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(before, plain, atol=1e-1)


@torch.no_grad()
def test_adapter_state_comes_back(base: str) -> None:
    made, fresh = adapted(base, [1]), Encoder(base).eval()
    state = {name: value.clone() for name, value in adapter_state(made).items()}
    load_adapters(fresh, state, rank=4, layers=[1])
    torch.testing.assert_close(fresh(sequences(made))[0], made(sequences(made))[0], atol=1e-5, rtol=1e-5)
    assert len(state) == 13 and not trainable(fresh)


def test_only_adapters_and_markers_learn(base: str) -> None:
    made = adapted(base, [1])
    learning = {name for name, weight in made.named_parameters() if weight.requires_grad}
    assert all(("layer.1." in name and "lora_" in name) or name.endswith("markers") for name in learning)
    assert len(learning) == 2 * 6 + 1 and not any("pooler" in name for name in learning)


def test_fresh_adapters_change_nothing(base: str, encoder: Encoder) -> None:
    with torch.random.fork_rng():
        made = Encoder(base).eval()
        plain = made(sequences(encoder))[0]
        add_adapters(made, rank=4, layers=[0, 1], markers=True)
        torch.testing.assert_close(made(sequences(encoder))[0], plain)


# Heads


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(float) - logits.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_classifier_is_cross_entropy() -> None:
    logits = numbers(4, 3)
    loss = Classifier(8, 3).loss(torch.tensor(logits), [0, 2, 1, 1])
    assert float(loss) == pytest.approx(log_loss([0, 2, 1, 1], softmax(logits), labels=[0, 1, 2]), rel=1e-5)


def test_multi_label_is_mean_binary_cross_entropy() -> None:
    logits, right = numbers(3, 4), np.array([[1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 1]])
    loss = MultiLabel(8, 4).loss(torch.tensor(logits), [(0, 2), (), (3,)])
    assert float(loss) == pytest.approx(log_loss(right.ravel(), 1 / (1 + np.exp(-logits.astype(float).ravel()))), rel=1e-5)


def test_siamese_dot_is_in_batch_cross_entropy() -> None:
    states = numbers(6, 8)
    head = Siamese(8)
    logits = head(torch.tensor(states))
    np.testing.assert_allclose(logits.numpy(), states[:3] @ states[3:].T, rtol=1e-5)
    assert float(head.loss(logits, [0, 1, 2])) == pytest.approx(-np.log(np.diag(softmax(states[:3] @ states[3:].T))).mean(), rel=1e-5)


def test_siamese_cosine_stays_in_bounds_and_ignores_length() -> None:
    head, states = Siamese(8, similarity="cosine", scale=20.0), torch.tensor(numbers(10, 8))
    logits = head(states)
    assert logits.abs().max() <= 20 + 1e-4
    torch.testing.assert_close(head(states * 7), logits)
    torch.testing.assert_close(head(torch.cat([states, states])).diag(), torch.full((10,), 20.0))


def test_siamese_starts_from_the_plain_similarity_and_reads_the_pooler_where_asked(encoder: Encoder) -> None:
    states = torch.tensor(numbers(4, 32))
    torch.testing.assert_close(Siamese(32, projected=True)(states), Siamese(32)(states))
    pooled = build_head(HeadSpec(kind="siamese", options={"pooled": True}), encoder)(states)
    both = torch.tanh(encoder.model.pooler.dense(states))
    torch.testing.assert_close(pooled, both[:2] @ both[2:].T)


def test_siamese_probe_can_learn(encoder: Encoder) -> None:
    head = build_head(HeadSpec(kind="siamese", options={"projected": True}), encoder)
    head.loss(head(torch.tensor(numbers(6, 32))), [0, 1, 2]).backward()  # type: ignore[operator]
    assert head.project.weight.grad.abs().sum() > 0  # type: ignore[union-attr]


def test_rank_is_listnet() -> None:
    scores, ranks = numbers(2, 3), np.array([[2, 0, 1], [1, 2, 0]], dtype=float)
    loss = Rank(8).loss(torch.tensor(scores), [2, 0, 1, 1, 2, 0])
    assert float(loss) == pytest.approx(-(softmax(ranks) * np.log(softmax(scores) + 1e-10)).sum(-1).mean(), rel=1e-5)


def test_rank_survives_hopeless_scores_and_prefers_the_right_order() -> None:
    head = Rank(8)
    assert torch.isfinite(head.loss(torch.tensor([[1e4, 0.0, -1e4]]), [0, 1, 2]))
    right, wrong = (head.loss(torch.tensor([scores]), [0, 1, 2]) for scores in ([0.0, 1.0, 2.0], [2.0, 1.0, 0.0]))
    assert right < wrong and head(torch.tensor(numbers(6, 8))).shape == (2, 3)


def test_masked_lm_is_tied_to_all_rows_and_owns_none(encoder: Encoder) -> None:
    head = build_head(HeadSpec(kind="masked_lm"), encoder)
    states = torch.tensor(numbers(5, 32))
    logits = head(states)
    assert logits.shape == (5, encoder.tokens.size)
    torch.testing.assert_close(logits, head.transform(states) @ encoder.embeddings.weight.T + head.bias)  # type: ignore[operator]
    assert sum(weight.numel() for weight in head.parameters()) == 32 * 33 + 2 * 32 + encoder.tokens.size


def test_masked_lm_fits_an_encoder_whose_embeddings_are_narrower(tmp_path: Path) -> None:
    narrow = Encoder(tiny.electra(tmp_path / "electra", embedding=16))
    assert build_head(HeadSpec(kind="masked_lm"), narrow)(torch.tensor(numbers(2, 32))).shape == (2, narrow.tokens.size)


def slots(**options: object) -> Slots:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Slots(8, 2, values=[torch.tensor(numbers(3, 8, seed=1)), torch.tensor(numbers(5, 8, seed=2))], **options)  # type: ignore[arg-type]


def test_slots_sum_cross_entropy_over_slots() -> None:
    logits = numbers(4, 8)
    loss = slots().loss(torch.tensor(logits), [(0, 4), (1, 0), (2, 2), (0, 1)])
    parts = [log_loss(right, softmax(part), labels=range(part.shape[1]))
             for part, right in ((logits[:, :3], [0, 1, 2, 0]), (logits[:, 3:], [4, 0, 2, 1]))]
    assert float(loss) == pytest.approx(sum(parts), rel=1e-5)


@pytest.mark.parametrize("rank", [None, 2])
def test_slots_cosine_is_that_of_the_projection(rank: int | None) -> None:
    head, states = slots(rank=rank), torch.tensor(numbers(4, 8))
    logits, projected = head(states).detach(), head.project(states).detach()
    assert logits.shape == (4, 8) and logits.abs().max() <= 20 + 1e-4
    for slot, values in enumerate(head.values_VD.split([3, 5])):
        right = 20 * functional.cosine_similarity(projected[:, slot, None], values[None], dim=-1)
        torch.testing.assert_close(logits[:, 3 * slot:3 * slot + len(values)], right, atol=1e-4, rtol=1e-4)
    if rank:
        torch.testing.assert_close(projected, states[:, None].expand(4, 2, 8))


def test_slots_released_scorer() -> None:
    head, states = slots(scorer="released"), torch.tensor(numbers(4, 8))
    logits, query, value = head(states), head.project(states)[1, 1], head.values_VD[3 + 2]
    assert logits.shape == (4, 8) and head.score is not None and head.score[0].in_features == 32
    torch.testing.assert_close(logits[1, 5], head.score(torch.cat([query, value, (query - value).abs(), query * value]))[0])


def test_slots_values_are_neither_trained_nor_saved() -> None:
    assert "values_VD" not in slots().state_dict() and not slots().values_VD.requires_grad


def test_every_objective_head_can_be_built(encoder: Encoder) -> None:
    from engine.objectives import OBJECTIVES

    for objective in OBJECTIVES.values():
        assert isinstance(build_head(objective.head(4), encoder), torch.nn.Module)
    assert build_head(HeadSpec(kind="multi_label", size=5), SimpleNamespace(dim=6)).weight.shape == (5, 6)

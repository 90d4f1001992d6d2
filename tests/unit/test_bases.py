"""What comes with a base encoder besides its layers: BERT's own MLM head, where the weights hold one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, BertModel

from engine.errors import MissingDataError
from engine.models.bases import PACKAGED, load_base, pretrained_mlm_head
from engine.models.heads import MaskedLM

CONFIG = BertConfig(vocab_size=50, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)


def test_a_pretrained_mlm_head_answers_as_the_original(tmp_path: Path) -> None:
    model = BertForMaskedLM(CONFIG).eval()
    model.cls.predictions.bias.data.normal_()
    model.save_pretrained(tmp_path)
    words = torch.cat([model.bert.embeddings.word_embeddings.weight.detach(), torch.zeros(2, 32)])
    head = MaskedLM(32, embeddings=SimpleNamespace(weight=words, scores=lambda states: states @ words.T))
    head.load_state_dict(pretrained_mlm_head(str(tmp_path), markers=2))
    states = torch.randn(3, 32)
    torch.testing.assert_close(head(states)[:, :50], model.cls(states))


def test_bases_without_a_head_say_so(tmp_path: Path) -> None:
    BertModel(CONFIG).save_pretrained(tmp_path)
    assert pretrained_mlm_head(str(tmp_path), markers=2) == {}
    assert pretrained_mlm_head(PACKAGED, markers=2) == {}


def test_a_base_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="cannot be loaded"):
        load_base(str(tmp_path))

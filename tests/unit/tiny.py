"""Small things to test with: toy dialogues, a form without a tokenizer, and random base encoders in folders of their own."""

from __future__ import annotations

import json
import string
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from engine.corpora import CORPORA
from engine.corpora.toy import SAMPLES
from engine.dialogue.model import Dialogue, Speaker, Turn

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = ("user", "system", "the", "a", "hotel", "taxi", "restaurant", "is", "you", "to", "it")
LETTERS = string.ascii_lowercase + string.digits
VOCABULARY = tuple(dict.fromkeys((*SPECIAL, *WORDS, *LETTERS, *(f"##{c}" for c in LETTERS), *".,?!'-")))


@cache
def toy(split: str = "train") -> tuple[Dialogue, ...]:
    """The toy corpus."""
    return tuple(CORPORA["toy"].read(SAMPLES, split))


def said(*texts: str, id: str = "d") -> Dialogue:
    """A dialogue of these texts, the user first."""
    speakers: tuple[Speaker, ...] = ("user", "system")
    return Dialogue(corpus="c", id=id, split="train", turns=tuple(Turn(speaker=speakers[n % 2], text=text) for n, text in enumerate(texts)))


class FakeTokens:
    """One id per word, in the order in which words are first met; no torch."""

    cls_id, sep_id, mask_id = 2, 3, 4
    special_ids = frozenset(range(5))
    marker_ids: ClassVar = {"user": 998, "system": 999}
    size = 1000
    fingerprint = "fake"

    def __init__(self) -> None:
        self.known: dict[str, int] = {}

    def texts(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids from 5."""
        return [[self.known.setdefault(word, 5 + len(self.known)) for word in text.lower().split()] for text in texts]

    def turns(self, turns: Sequence[Turn]) -> list[list[int]]:
        """Ids per turn."""
        return self.texts([turn.text for turn in turns])


class FakeForm:
    """`engine.objectives.base.Form` by hand, without truncation."""

    def __init__(self) -> None:
        self.tokens: Any = FakeTokens()

    def utterance(self, turn: Turn, limit: int | None = None) -> list[int]:
        """``[CLS] words [SEP]``."""
        return [2, *self.tokens.turns([turn])[0], 3]

    def history(self, turns: Sequence[Turn], limit: int | None = None) -> tuple[list[int], list[int | None]]:
        """``[CLS] [USR] words [SYS] words ... [SEP]`` and the markers' positions."""
        ids, markers = [2], []
        for turn, words in zip(turns, self.tokens.turns(turns), strict=True):
            markers.append(len(ids))
            ids += [self.tokens.marker_ids[turn.speaker], *words]
        return [*ids, 3], list(markers)


def bert(folder: Path, *, rows: int = len(VOCABULARY), seed: int = 0, words: Sequence[str] = VOCABULARY) -> str:
    """A random BERT of two layers and its tokenizer; the folder's path. ``rows``: size of the embedding matrix."""
    from transformers import BertConfig, BertModel

    _wordpieces(folder, words)
    return _saved(BertModel, BertConfig(vocab_size=rows, intermediate_size=64, max_position_embeddings=128, **_shape()), folder, seed)


def electra(folder: Path, *, embedding: int = 32) -> str:
    """A random ELECTRA: no pooler, embeddings of a size of their own."""
    from transformers import ElectraConfig, ElectraModel

    _wordpieces(folder, VOCABULARY)
    config = ElectraConfig(vocab_size=len(VOCABULARY), intermediate_size=64, embedding_size=embedding, **_shape())
    return _saved(ElectraModel, config, folder, 0)


def roberta(folder: Path) -> str:
    """A random RoBERTa: its positions begin at 2, its mask token is ``<mask>``."""
    from tokenizers.pre_tokenizers import ByteLevel
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizer

    vocabulary = {word: n for n, word in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *sorted(ByteLevel.alphabet())])}
    RobertaTokenizer(vocab=vocabulary, merges=[]).save_pretrained(folder)
    config = RobertaConfig(vocab_size=len(vocabulary), intermediate_size=64, max_position_embeddings=130, pad_token_id=1, **_shape())
    return _saved(RobertaModel, config, folder, 0)


def _shape() -> dict[str, Any]:
    # Wide weights: what a mask or a position changes must show in the states.
    return {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "initializer_range": 0.2}


def _wordpieces(folder: Path, words: Sequence[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True}), encoding="utf-8")


def _saved(kind: Any, config: Any, folder: Path, seed: int) -> str:
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        kind(config).save_pretrained(folder)
    return str(folder)

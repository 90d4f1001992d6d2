"""A small T5 from random weights with a vocabulary of our own: what the warm-started compact model is compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration

from engine.models.seq2seq.codec import Codec
from engine.models.seq2seq.model import TextToText

VOCABULARY = 8192
SPECIAL = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}


def unigram(texts: Iterator[str], size: int = VOCABULARY) -> Any:
    """A lower-casing unigram tokenizer trained on texts."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Metaspace(), pre_tokenizers.Punctuation()])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.train_from_iterator(texts, trainers.UnigramTrainer(vocab_size=size, special_tokens=list(SPECIAL.values()), unk_token=SPECIAL["unk_token"],
                                                                 show_progress=False))
    made: Any = PreTrainedTokenizerFast
    return made(tokenizer_object=tokenizer, **SPECIAL)


def small_t5(marks: Sequence[str], tokenizer: Any, *, width: int = 384, encoder_layers: int = 6, decoder_layers: int = 3) -> TextToText:
    """Random weights of about the compact model's size; the seed is the caller's."""
    codec = Codec("small-t5", marks, tokenizer)
    shaped: Any = T5Config
    config = shaped(vocab_size=codec.size, d_model=width, d_kv=32, num_heads=12, d_ff=1024, num_layers=encoder_layers, num_decoder_layers=decoder_layers,
                      dropout_rate=0.0, feed_forward_proj="gated-gelu", pad_token_id=codec.pad_id, eos_token_id=codec.last_id,
                      decoder_start_token_id=codec.first_id)
    return TextToText(codec, T5ForConditionalGeneration(config))

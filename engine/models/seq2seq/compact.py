"""A compact encoder-decoder: the packaged MiniLM reads, a few layers warm-started from it write, and words of the input can be copied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, BertModel, GenerationMixin, PretrainedConfig, PreTrainedModel
from transformers.cache_utils import DynamicCache, EncoderDecoderCache
from transformers.modeling_outputs import Seq2SeqLMOutput

from engine.models.attention import EXPLICIT
from engine.models.bases import load_base
from engine.models.encoder import MarkedEmbedding

FOLLOW = (3.0, 1.0, 1.0, 1.0)
"""Where the pointer's bias starts: what each further word that agrees adds."""

# B rows, S input length, T answer length, W words written, K words that may agree, D hidden size, V vocabulary with marks, N answer tokens of all rows


class CompactConfig(PretrainedConfig):  # type: ignore[no-untyped-call]
    """Shapes of the compact model; ``inner`` is the base's own BERT configuration, the layers counted are the decoder's."""

    model_type = "dialatlas-compact"

    def __init__(self, *, inner: dict[str, Any] | None = None, marks: int = 0, num_hidden_layers: int = 3, copies: bool = True,
                 **options: Any) -> None:
        self.inner, self.marks, self.num_hidden_layers, self.copies = inner or {}, marks, num_hidden_layers, copies
        super().__init__(is_encoder_decoder=True, **options)


class Compact(PreTrainedModel, GenerationMixin):  # type: ignore[no-untyped-call]
    """Reads with a BERT encoder, writes with a BERT decoder that shares the frozen word embeddings.

    Where ``copies``, the probability of a word is a mixture of the vocabulary's and of attention over the input (pointer-generator,
    See et al. 2017): without it, names, slots and values would have to be learnt by heart. The pointer has a bias for places behind the words that
    were written last, as a phrase is copied word by word; how strong it is for one, two and more words that agree, is learnt (``follow``). Not
    published; our choice.
    """

    config_class = CompactConfig
    main_input_name = "input_ids"
    _supports_sdpa = True

    def __init__(self, config: CompactConfig) -> None:
        super().__init__(config)
        bert: Any = BertConfig
        inner = bert(**config.inner, attn_implementation=EXPLICIT)
        self.encoder: Any = BertModel(inner, add_pooling_layer=False)
        outer = bert(**config.inner | {"num_hidden_layers": config.num_hidden_layers, "is_decoder": True, "add_cross_attention": True},
                     attn_implementation=EXPLICIT)
        self.decoder: Any = BertModel(outer, add_pooling_layer=False)
        size = inner.hidden_size
        words: nn.Embedding = self.encoder.embeddings.word_embeddings
        shared = MarkedEmbedding(words, torch.zeros(config.marks, size))
        part: Any
        for part in (self.encoder, self.decoder):
            part.embeddings.word_embeddings = shared
        self.shape = nn.Sequential(nn.Linear(size, size), nn.GELU(), nn.LayerNorm(size))
        self.bias = nn.Parameter(torch.zeros(inner.vocab_size + config.marks))
        if config.copies:
            self.ask, self.offer, self.gate = nn.Linear(size, size), nn.Linear(size, size), nn.Linear(size, 1)
            self.follow = nn.Parameter(torch.tensor(FOLLOW))
        self.post_init()  # type: ignore[no-untyped-call]

    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def get_encoder(self, *_: Any, **__: Any) -> Any:
        """What generation reads the input with, once."""
        return self.encoder

    def get_decoder(self) -> Any:
        """What generation writes with."""
        return self.decoder

    def get_input_embeddings(self) -> Any:
        """Words and marks."""
        return self.encoder.embeddings.word_embeddings

    def forward(self, input_ids: Tensor | None = None, attention_mask: Tensor | None = None, decoder_input_ids: Tensor | None = None,
                encoder_outputs: Any = None, past_key_values: Any = None, source_ids: Tensor | None = None, written_ids: Tensor | None = None,
                offered: Tensor | None = None, use_cache: bool | None = None, **_: Any) -> Seq2SeqLMOutput:
        """Log-probabilities of the next words: ``logits`` (B, T, V).

        Args:
            input_ids: (B, S) the input; may be absent where ``encoder_outputs`` is there.
            attention_mask: (B, S) 1 where ``input_ids`` is no padding.
            decoder_input_ids: (B, T) what is written already (with a cache: its last word).
            encoder_outputs: States of the input.
            past_key_values: Keys and values of what is written already.
            source_ids: (B, S) ``input_ids`` once more, since generation passes on only what it was given by name.
            written_ids: (B, W) with a cache, all that is written already; ``decoder_input_ids`` is its end.
            offered: (B, S, D) what `offer` makes of the input's states, where somebody has kept it.
            use_cache: Whether keys and values are kept.
        """
        assert attention_mask is not None and decoder_input_ids is not None
        if encoder_outputs is None:
            assert input_ids is not None
            encoder_outputs = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        source = source_ids if source_ids is not None else input_ids
        assert source is not None
        if use_cache and past_key_values is None:
            past_key_values = EncoderDecoderCache(DynamicCache(), DynamicCache())
        read_BSD = encoder_outputs[0]
        state_BTD = self.write(decoder_input_ids, read_BSD, attention_mask, past_key_values)
        logits_BTV = self.mixture(state_BTD, read_BSD, attention_mask, source, decoder_input_ids if written_ids is None else written_ids, offered)
        return Seq2SeqLMOutput(logits=logits_BTV, past_key_values=past_key_values, encoder_last_hidden_state=read_BSD)

    def prepare_inputs_for_generation(self, input_ids: Tensor, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """What transformers' own generation passes on, and all that is written; it looks for ``kwargs`` by this name."""
        own: Any = super()
        return {**own.prepare_inputs_for_generation(input_ids, **kwargs), "written_ids": input_ids}

    def write(self, ids_BT: Tensor, read_BSD: Tensor, mask_BS: Tensor, cache: Any = None) -> Tensor:
        """States of an answer's words (B, T, D), each of which sees the words before it and the whole input."""
        before, now = (cache.get_seq_length() if cache is not None else 0), ids_BT.size(1)
        places_T = torch.arange(before, before + now, device=ids_BT.device)
        causal_1 = places_T[:, None] >= torch.arange(before + now, device=ids_BT.device)
        seen = mask_BS.bool()[:, None, None, :].expand(-1, 1, now, -1)
        states: Tensor = self.decoder(input_ids=ids_BT, position_ids=places_T[None].expand(len(ids_BT), -1), use_cache=cache is not None,
                                      attention_mask=causal_1[None, None].expand(len(ids_BT), 1, -1, -1), encoder_hidden_states=read_BSD,
                                      encoder_attention_mask=seen, past_key_values=cache).last_hidden_state
        return states

    def vocabulary(self, state_ND: Tensor) -> Tensor:
        """Scores of all words and marks before normalisation, (N, V), in float32."""
        embedding: MarkedEmbedding = self.encoder.embeddings.word_embeddings
        return embedding.scores(self.shape(state_ND)).float() + self.bias

    def pointing(self, state_BTD: Tensor, read_BSD: Tensor, mask_BS: Tensor, source_BS: Tensor, written_BW: Tensor,
                 offered_BSD: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Attention over the input's words (B, T, S), sums of one, and log-odds of copying (B, T, 1), in float32; W >= T."""
        length = state_BTD.size(1)
        offered_BSD = self.offer(read_BSD) if offered_BSD is None else offered_BSD
        scores_BTS = (self.ask(state_BTD) @ offered_BSD.transpose(1, 2)).float() * state_BTD.size(-1)**-0.5
        scores_BTS = scores_BTS + agreement(source_BS, written_BW[:, -(length + len(self.follow) - 1):], self.follow)[:, -length:]
        return scores_BTS.masked_fill(~mask_BS.bool()[:, None], -1e9).softmax(-1), self.gate(state_BTD).float()

    def mixture(self, state_BTD: Tensor, read_BSD: Tensor, mask_BS: Tensor, source_BS: Tensor, written_BW: Tensor,
                offered_BSD: Tensor | None = None) -> Tensor:
        """Log-probabilities of all words (B, T, V); W >= T."""
        words_BTV = self.vocabulary(state_BTD).log_softmax(-1)
        if not self.config.copies:
            return words_BTV
        copied_BTS, odds_BT1 = self.pointing(state_BTD, read_BSD, mask_BS, source_BS, written_BW, offered_BSD)
        given_BTV = torch.zeros_like(words_BTV).scatter_add_(2, source_BS[:, None].expand(-1, copied_BTS.size(1), -1), copied_BTS)
        said_BTV = nn.functional.logsigmoid(-odds_BT1) + words_BTV
        return torch.logaddexp(said_BTV, nn.functional.logsigmoid(odds_BT1) + given_BTV.clamp(min=1e-12).log())

    def negative_log_likelihood(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor, labels: Tensor) -> Tensor:
        """Of each right word, (N,), in the order of rows; ``labels`` are -100 where there is none. Scores are made for these places alone."""
        read_BSD = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        state_BTD = self.write(decoder_input_ids, read_BSD, attention_mask)
        asked_BT = labels >= 0
        right_N = labels[asked_BT]
        scores_NV = self.vocabulary(state_BTD[asked_BT])
        words_N = scores_NV.gather(1, right_N[:, None])[:, 0] - scores_NV.logsumexp(-1)
        if not self.config.copies:
            return -words_N
        copied_BTS, odds_BT1 = self.pointing(state_BTD, read_BSD, attention_mask, input_ids, decoder_input_ids)
        same_BTS = input_ids[:, None] == labels[..., None]
        given_N, odds_N = (copied_BTS * same_BTS).sum(-1)[asked_BT], odds_BT1[..., 0][asked_BT]
        return -torch.logaddexp(nn.functional.logsigmoid(-odds_N) + words_N, nn.functional.logsigmoid(odds_N) + given_N.clamp(min=1e-12).log())


def agreement(source_BS: Tensor, written_BT: Tensor, worth_K: Tensor) -> Tensor:
    """For each place of an input, how well the words before it agree with the last words written, (B, T, S): the sum of ``worth_K`` over agreeing words.

    >>> agreement(torch.tensor([[5, 6, 5, 7]]), torch.tensor([[6, 5]]), torch.tensor([1.0, 10.0]))[0]
    tensor([[ 0.,  0.,  1.,  0.],
            [ 0.,  1.,  0., 11.]])
    """
    width, length = source_BS.size(1), written_BT.size(1)
    total_BTS = torch.zeros(len(source_BS), length, width, dtype=worth_K.dtype, device=worth_K.device)
    agrees_BTS = torch.ones_like(total_BTS, dtype=torch.bool)
    for back, worth in enumerate(worth_K):
        before_BS = nn.functional.pad(source_BS, (back + 1, 0), value=-1)[:, :width]
        last_BT = nn.functional.pad(written_BT, (back, 0), value=-2)[:, :length]
        agrees_BTS = agrees_BTS & (before_BS[:, None] == last_BT[..., None])
        total_BTS = total_BTS + worth * agrees_BTS
    return total_BTS


def warm_start(base: str, mark_words_ids: Sequence[Sequence[int]], *, decoder_layers: Sequence[int] = (1, 3, 5), copies: bool = True,
               dropout: float | None = None) -> Compact:
    """A compact model on a BERT base: the decoder's layers are the base's, its cross-attention a copy of their self-attention.

    Args:
        base: As for `engine.models.bases.load_base`.
        mark_words_ids: For each mark, the ids of words that say what it means; its embedding starts as their mean.
        decoder_layers: Which of the base's layers the decoder starts from.
        copies: Whether words of the input can be copied.
        dropout: None keeps the base's own.
    """
    source: Any = load_base(base, dropout=dropout)
    inner = {key: value for key, value in source.config.to_dict().items() if key in BertConfig().to_dict() and not key.startswith("_")}
    for name in ("architectures", "transformers_version", "dtype", "model_type"):
        inner.pop(name, None)
    model = Compact(CompactConfig(inner=inner, marks=len(mark_words_ids), num_hidden_layers=len(decoder_layers), copies=copies))
    weights = source.state_dict()
    embedding: MarkedEmbedding = model.encoder.embeddings.word_embeddings
    embedding.words.weight.data.copy_(weights["embeddings.word_embeddings.weight"])
    embedding.markers.data.copy_(torch.stack([embedding.words.weight[list(ids)].mean(0) for ids in mark_words_ids]))
    for part, layers in ((model.encoder, range(source.config.num_hidden_layers)), (model.decoder, decoder_layers)):
        _load(part.embeddings, {name.removeprefix("embeddings."): value for name, value in weights.items() if name.startswith("embeddings.")})
        for place, layer in enumerate(layers):
            own = {name.removeprefix(f"encoder.layer.{layer}."): value for name, value in weights.items() if name.startswith(f"encoder.layer.{layer}.")}
            cross = {name.replace("attention.", "crossattention.", 1): value for name, value in own.items() if name.startswith("attention.")}
            _load(part.encoder.layer[place], own | (cross if part is model.decoder else {}))
    return model


def _load(module: Any, state: dict[str, Tensor]) -> None:
    known = dict(module.named_parameters())
    for name, value in state.items():
        if name in known and "word_embeddings" not in name:
            known[name].data.copy_(value)

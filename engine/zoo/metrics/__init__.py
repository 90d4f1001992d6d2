"""The registry of DialogZoo's metrics: each a function of gold answers, guessed answers and samples, in per cent."""

from collections.abc import Mapping

from engine.registry import Registry
from engine.zoo.metrics.base import Metric

_IN = "engine.zoo.metrics."
METRICS: Registry[Metric] = Registry("zoo metric", {
    "accuracy": (_IN + "answers:ACCURACY", "Answers that equal the gold one: to the letter among choices, else after SQuAD's normalisation."),
    "macro_f1": (_IN + "answers:MACRO_F1", "Mean over the gold labels of their F1."),
    "token_f1": (_IN + "answers:TOKEN_F1", "Words in common with the gold answer, by CoQA's and SQuAD's rule."),
    "exact_match": (_IN + "answers:EXACT_MATCH", "Answers that equal the gold one, but for case and spaces."),
    "turn_accuracy": (_IN + "answers:TURN_ACCURACY", "Turns of a conversation that are right and in their place."),
    "bleu4": (_IN + "texts:BLEU4", "Corpus BLEU with up to four words, by sacrebleu."),
    "rouge_l": (_IN + "texts:ROUGE_L", "F-measure of the longest common subsequence, by rouge_score."),
    "slot_f1": (_IN + "slots:SLOT_F1", "F1 over all pairs of slot and value."),
    "dialoglue_f1": (_IN + "slots:DIALOGLUE_F1", "DialoGLUE's slot F1: mean over slots; a sentence counts where its values of the slot are all right."),
    "joint_accuracy": (_IN + "slots:JOINT_ACCURACY", "States that are right in every slot."),
    "slot_accuracy": (_IN + "slots:SLOT_ACCURACY", "Slots of the known ones that are right; an absent slot has the value none."),
    "exact_set_match": (_IN + "sql:EXACT_SET_MATCH", "Queries whose components equal those of the gold query, values aside, as in Spider."),
})
BESIDE: Mapping[str, tuple[str, ...]] = {
    "accuracy": ("macro_f1", "token_f1"),
    "bleu4": ("rouge_l",),
    "rouge_l": ("bleu4",),
    "slot_f1": ("dialoglue_f1", "exact_match"),
    "joint_accuracy": ("slot_f1", "slot_accuracy"),
    "exact_set_match": ("exact_match",),
    "exact_match": ("turn_accuracy",),
}
"""Headline metric to what is measured beside it."""

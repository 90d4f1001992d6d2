"""Paper 1 on ability and structure, the two factors (sections 3.4, 5.3 and 5.6, Tables 1, 4 and 5)."""

from engine.results.claims.base import Claim, Predicate, Side
from engine.results.claims.build import above, both, every
from engine.results.claims.columns import OVERLAP, Columns, group
from engine.results.profiles import SINGLE
from engine.results.reported import TASKS

_SIMILAR = "the further pre-training will be more effective for fine-tuning"
_ABILITY = "The ability learned by pre-training task should be similar to the ability required by the downstream task"
_BEST = "The task that shares most with the downstream task by Table 1 (Jaccard overlap) should be the best of the five."


def _fits(one: Side, code: str) -> Predicate:
    """``one`` is above the other four single tasks on all columns of a downstream task."""
    return every(above(one, *(other for other in SINGLE if other != one)), group(code))


def _shares_most(one: Side, code: str) -> Predicate:
    """``one`` overlaps more with the downstream task than the other two tasks of Table 3 do."""
    others = (other for other in ("dsp", "crm", "dcv") if other != one)
    return every(above(one, *others), Columns(words=f"overlap with {code}", keys=(f"{OVERLAP}.{TASKS[code]}",)))


CLAIMS = (
    Claim(id="enp_above_dsp", paper=1, place="Section 5.3, Table 4",
          quotation="ENP outperforms DRP on intent recognition and dialogue state tracking tasks across all metrics",
          statement="ENP is above DSP on intent and state tracking, on all metrics.",
          predicate=every(above("enp", "dsp"), group("INT", "DST")), caution="“DRP” in the sentence is DSP in Table 4."),
    Claim(id="crm_above_dur", paper=1, place="Section 5.3, Table 5",
          quotation="CRM surpasses DUR on the response selection task because the CRM model is a siamese structure",
          statement="CRM surpasses DUR on response selection.",
          predicate=every(above("crm", "dur"), group("RS"))),
    Claim(id="nice_pairs_share", paper=1, place="Section 5.3, Table 1",
          quotation="in the same nice pair almost share the same ability and the model structure",
          statement="Each nice pair shares more than DSP, CRM or DCV would otherwise.",
          predicate=both(_shares_most("dsp", "INT"), _shares_most("crm", "RS"), _shares_most("dcv", "DA"), _shares_most("dcv", "DST")),
          caution="This is about declared profiles; measured abilities are a matter of the page Predict."),
    Claim(id="fit_enp_int", paper=1, place="Section 5.6, Tables 1 to 5", quotation=_ABILITY,
          statement="Best fit by Table 1 is best: ENP for intent.", predicate=_fits("enp", "INT"), caution=_BEST),
    Claim(id="fit_crm_rs", paper=1, place="Section 3.4, Tables 1 to 5", quotation=_SIMILAR,
          statement="Best fit by Table 1 is best: CRM for response selection.", predicate=_fits("crm", "RS"), caution=_BEST),
    Claim(id="fit_dcv_da", paper=1, place="Section 3.4, Tables 1 to 5", quotation=_SIMILAR,
          statement="Best fit by Table 1 is best: DCV for dialogue acts.", predicate=_fits("dcv", "DA"), caution=_BEST),
    Claim(id="fit_dcv_dst", paper=1, place="Section 3.4, Tables 1 to 5", quotation=_SIMILAR,
          statement="Best fit by Table 1 is best: DCV for state tracking.", predicate=_fits("dcv", "DST"), caution=_BEST),
)

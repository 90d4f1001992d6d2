"""Paper 1 on three dialogue tasks beside MLM, and the four nice pairs (sections 5.2 and 5.3, Table 3)."""

from engine.results.claims.base import Claim, Predicate
from engine.results.claims.build import above, every, favourite, most
from engine.results.claims.columns import group

_MOST = "are better than MLM3 on most of the metrics"
_NICE = "four nice pairs, (DSP, INT), (CRM, RS), (DCV, DA), and (DCV, DST)"
_READ = "A nice pair is read as: the task improves on MLM in every metric of its downstream task."
_THREE = {"dsp": ("crm", "dcv"), "crm": ("dsp", "dcv"), "dcv": ("dsp", "crm")}

CLAIMS = (
    Claim(id="dsp_above_mlm", paper=1, place="Section 5.2, Table 3", quotation=_MOST, statement="DSP is better than MLM on most metrics.",
          predicate=most(above("dsp", "mlm"), group())),
    Claim(id="crm_above_mlm", paper=1, place="Section 5.2, Table 3", quotation=_MOST, statement="CRM is better than MLM on most metrics.",
          predicate=most(above("crm", "mlm"), group())),
    Claim(id="dcv_above_mlm", paper=1, place="Section 5.2, Table 3", quotation=_MOST, statement="DCV is better than MLM on most metrics.",
          predicate=most(above("dcv", "mlm"), group())),
    Claim(id="dsp_best_int", paper=1, place="Section 5.2, Table 3",
          quotation="DSP is more beneficial to downstream intent recognition task than others",
          statement="Of DSP, CRM and DCV, DSP is best for intent.",
          predicate=every(above("dsp", *_THREE["dsp"]), group("INT"))),
    Claim(id="crm_best_rs", paper=1, place="Section 5.2, Table 3", quotation="CRM is mainly beneficial to response selection",
          statement="Of DSP, CRM and DCV, CRM is best for response selection.",
          predicate=every(above("crm", *_THREE["crm"]), group("RS"))),
    Claim(id="dcv_best_da", paper=1, place="Section 5.2, Table 3", quotation="DCV is beneficial to dialogue act prediction",
          statement="Of DSP, CRM and DCV, DCV is best for dialogue acts.",
          predicate=every(above("dcv", *_THREE["dcv"]), group("DA"))),
    Claim(id="dcv_best_dst", paper=1, place="Section 5.2, Table 3",
          quotation="DCV is beneficial to dialogue act prediction and dialogue state tracking",
          statement="Of DSP, CRM and DCV, DCV is best for state tracking.",
          predicate=every(above("dcv", *_THREE["dcv"]), group("DST"))),
    Claim(id="different_effects", paper=1, place="Section 5.2, Table 3",
          quotation="different further pre-training tasks benefit to different downstream tasks",
          statement="No one of DSP, CRM and DCV is best everywhere.",
          predicate=Predicate(words="At least two of DSP, CRM and DCV are above the other two, each on all columns of some downstream task.",
                              parts=tuple(favourite(one, *others) for one, others in _THREE.items()), need=2)),
    Claim(id="nice_dsp_int", paper=1, place="Section 5.3, Table 3", quotation=_NICE, statement="Nice pair: DSP is effective for intent.",
          predicate=every(above("dsp", "mlm"), group("INT")), caution=_READ),
    Claim(id="nice_crm_rs", paper=1, place="Section 5.3, Table 3", quotation=_NICE, statement="Nice pair: CRM is effective for response selection.",
          predicate=every(above("crm", "mlm"), group("RS")), caution=_READ),
    Claim(id="nice_dcv_da", paper=1, place="Section 5.3, Table 3", quotation=_NICE, statement="Nice pair: DCV is effective for dialogue acts.",
          predicate=every(above("dcv", "mlm"), group("DA")), caution=_READ),
    Claim(id="nice_dcv_dst", paper=1, place="Section 5.3, Table 3", quotation=_NICE, statement="Nice pair: DCV is effective for state tracking.",
          predicate=every(above("dcv", "mlm"), group("DST")), caution=_READ),
)

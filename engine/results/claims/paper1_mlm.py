"""Paper 1 on the masked language model: alone (section 5.1, Table 2) and left out (section 5.5, Table 7)."""

from engine.results.claims.base import Claim
from engine.results.claims.build import above, at_least, below, every, some_above, tasks
from engine.results.claims.columns import group
from engine.results.profiles import SINGLE

CLAIMS = (
    Claim(id="mlm_rs_dst", paper=1, place="Section 5.1, Table 2",
          quotation="MLM3 outperforms BERT 2 on response selection and dialog state tracking task",
          statement="MLM improves response selection and state tracking.",
          predicate=every(above("mlm", "bert"), group("RS", "DST"))),
    Claim(id="mlm_da_int_mixed", paper=1, place="Section 5.1, Table 2",
          quotation="as for dialog act prediction and intent recognition task, MLM3 does not surpass BERT 2 in all metrics",
          statement="MLM loses something on dialogue acts, and something on intent.",
          predicate=tasks(2, below("mlm", "bert"), "DA", "INT", some=True)),
    Claim(id="mlm_not_everywhere", paper=1, place="Section 1, Table 2",
          quotation="with masked language model does not achieve improvements for all downstream tasks",
          statement="MLM does not improve all downstream tasks.",
          predicate=at_least(1, below("mlm", "bert"), group())),
    Claim(id="mlm_not_enough", paper=1, place="Section 5.6, Tables 2 to 5",
          quotation="Masked language model alone is not enough for further pre-training",
          statement="On every metric some dialogue task does better than MLM alone.",
          predicate=every(some_above(SINGLE, "mlm"), group())),
    Claim(id="improving_multiple", paper=1, place="Abstract, Tables 2 to 5",
          quotation="improving multiple task-oriented dialogue downstream tasks through designing various tasks",
          statement="On every metric some dialogue task does better than BERT.",
          predicate=every(some_above(SINGLE, "bert"), group())),
    Claim(id="mlm_removed", paper=1, place="Section 5.5, Table 7",
          quotation="Removing MLM leads to performance drop across almost all downstream tasks",
          statement="Without MLM, ENP drops on almost all tasks.",
          predicate=tasks(3, below("enp_no_mlm", "enp"), "INT", "DA", "RS", "DST"),
          caution="“Almost all” is read as at least three of the four tasks; the paper does not say that the fourth rises."),
    Claim(id="mlm_kept", paper=1, place="Section 5.6, Table 7",
          quotation="the masked language model training objective should be kept",
          statement="Keeping MLM pays on every metric.",
          predicate=every(above("enp", "enp_no_mlm"), group())),
)

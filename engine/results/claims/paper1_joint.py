"""Paper 1 on training two tasks at once, and what it concludes from everything (sections 5.4 and 5.6, Table 6)."""

from engine.results.claims.base import Claim, Part, Predicate
from engine.results.claims.build import at_least, below, between, every, favourite, most, some_above, with_loss
from engine.results.claims.columns import group, side
from engine.results.profiles import SINGLE

CLAIMS = (
    Claim(id="joint_int", paper=1, place="Section 5.4, Table 6",
          quotation="on intent recognition, joint model’s performance drops significantly",
          statement="Joint drops below ENP and CRM on intent.",
          predicate=every(below("joint", "enp", "crm"), group("INT")),
          caution="The paper gives no spread over its three seeds, so “significantly” cannot be checked on its own numbers."),
    Claim(id="joint_between", paper=1, place="Section 5.4, Table 6",
          quotation="on the other three downstream tasks, joint model’s … performance is between ENP and CRM",
          statement="Joint lies between ENP and CRM on the other three tasks.",
          predicate=every(between("joint", "enp", "crm"), group("DA", "RS", "DST"))),
    Claim(id="joint_not_all", paper=1, place="Table 6",
          quotation="joint model does not improve all the downstream tasks that ENP and CRM beneficial to",
          statement="Joint is below ENP or CRM somewhere on intent, responses, states.",
          predicate=at_least(1, some_above(("enp", "crm"), "joint"), group("INT", "RS", "DST"))),
    Claim(id="joint_not_incremental", paper=1, place="Section 5.6, Table 6",
          quotation="multi-task paradigm does not lead to incremental performance improvement",
          statement="Joint is mostly no better than the better of its two tasks.",
          predicate=most(some_above(("enp", "crm"), "joint"), group())),
    Claim(id="certain_not_all", paper=1, place="Abstract, Tables 3 to 5",
          quotation="most further pre-training tasks significantly improve certain target tasks rather than all",
          statement="Most tasks improve certain downstream tasks, not all.",
          predicate=Predicate(words="At least three of DSP, CRM, DCV, ENP and DUR are above MLM on all columns of some downstream task, "
                                    "and below MLM on some column.",
                              parts=tuple(with_loss(favourite(one, "mlm"), one, "mlm") for one in SINGLE), need=3),
          caution="The paper gives no spread over its three seeds, so “significantly” cannot be checked on its own numbers."),
    Claim(id="no_best_of_all", paper=1, place="Section 5.6, Tables 3 to 5",
          quotation="it is necessary to design a specific pre-training task for a specific downstream task",
          statement="No one of the five tasks is best on all metrics.",
          predicate=Predicate(words="Each of DSP, CRM, DCV, ENP and DUR is below another one on some column.",
                              parts=tuple(with_loss(Part(name=side(one), ways=((),)), one, *(other for other in SINGLE if other != one))
                                          for one in SINGLE), need=len(SINGLE))),
)

"""The paper's tables with our numbers beside them, and the generated sections: what they say follows the rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from engine.__main__ import main
from engine.results import papertables, report, store
from engine.results.papertables import NOT_MEASURED, TABLES
from engine.results.reported import TITLES, columns, further_pretraining
from engine.results.tables import measured, of_protocol
from tests.unit.test_comparison import ROW, Stored, simulated, stored

__all__ = ["stored"]
Capture = pytest.CaptureFixture[str]


def rows() -> list[store.Result]:
    """CRM with two seeds and MLM with one, in percent 30, 34 and 20."""
    scores = {("crm", 0): 0.30, ("crm", 1): 0.34, ("mlm", 0): 0.20}
    return [replace(ROW, variant=variant, seed=seed, metrics={"acc_all": score}, examples=700) for (variant, seed), score in scores.items()]


def test_every_number_of_the_paper_stands_in_its_tables() -> None:
    found = papertables.long(measured([]))
    reported = further_pretraining().set_index(["variant", "column"])
    assert len(found) == sum(len(variants) for _, variants in TABLES.values()) * len(columns())
    for row in found.itertuples():
        assert row.reported == reported.at[(row.variant, row.column), "value"]
        assert str(row.table) in reported.at[(row.variant, row.column), "paper_tables"].split(",")
    assert set(found["variant"]) == set(TITLES) and set(found["reason"]) == {NOT_MEASURED}


def test_measured_numbers_stand_beside_with_sd_and_seeds() -> None:
    found = papertables.entries(measured(rows()))
    crm, mlm = found["crm", "intent.oos.acc_all"], found["mlm", "intent.oos.acc_all"]
    assert str(crm) == f"{crm.reported:.2f} / 32.00±2.83 (2)" and str(mlm) == f"{mlm.reported:.2f} / 20.00 (1)"
    assert str(found["dur", "intent.oos.acc_all"]).endswith("/ –")


@pytest.mark.parametrize(("form", "head"), [("markdown", "### Table 4: effect of the ability"), ("latex", "% Table 4: effect of the ability"),
                                            ("csv", "table,variant,column,reported")])
def test_the_command_prints_every_form(form: str, head: str, capsys: Capture) -> None:
    for row in rows():
        store.append(row)
    assert main(["tables", "--paper", "--format", form]) == 0
    out = capsys.readouterr().out
    assert head in out and "32.0" in out
    if form == "markdown":
        assert "–: not measured here yet" in out and "15,100 training examples, 700 test rows" in out and out.count("### Table") == 6


@pytest.mark.parametrize(("flags", "hint"), [((), "give --paper"), (("--paper", "--regime", "2 %"), "no row has the regime '2 %'; known regimes: full")])
def test_the_command_tells_what_is_wrong(flags: tuple[str, ...], hint: str, capsys: Capture) -> None:
    for row in rows():
        store.append(row)
    assert main(["tables", *flags]) == 2
    assert hint in capsys.readouterr().err


def test_latex_has_a_row_per_variant_and_no_bare_dash() -> None:
    text = papertables.latex(of_protocol(measured(rows()), "paper"))
    assert text.count(r"\begin{tabular}") == 12 and r"32.00\,$\pm$\,2.83 (2)" in text and "–" not in text


def test_a_report_finds_the_better_variant_and_says_so(stored: Stored) -> None:
    found = simulated(np.random.default_rng(3), stored, noise=(0.02, 0.1, 0.1), better=0.8)
    section, entry = report.measured_section(found), report.log_entry(found, ["a note"])
    assert "Most often better: CRM (1)." in section and "**B**" in section.split("| CRM |")[1].splitlines()[0]
    assert "not measured" in section.split("| DUR |")[1].splitlines()[0]
    assert entry.startswith("## 2026-01-01: measured matrix, better than masked language model alone somewhere: CRM") and entry.endswith("- a note")


def test_a_report_without_a_better_variant_is_titled_negative(stored: Stored) -> None:
    found = simulated(np.random.default_rng(4), stored, noise=(0.3, 0.1, 0.1))
    assert "(negative)" in report.log_entry(found).splitlines()[0]
    assert "No variant is better anywhere." in report.measured_section(found)


def test_one_seed_is_no_matrix() -> None:
    assert "several seeds" in report.measured_section(rows()[:1]) and "several seeds" in report.log_entry([])
    assert report.finding(pd.DataFrame({"verdict": ["worse"], "variant": ["dsp"]})).startswith("Of 1 differences")

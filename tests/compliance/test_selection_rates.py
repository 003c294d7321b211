"""Selection and scoring rates and impact ratios, from the worked example of the rule to rows in files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import governed
import pytest
from cases import cases

from mlops_gitops.compliance.bias_audit import audited_rates, newest_audit
from mlops_gitops.compliance.category_counts import count_categories
from mlops_gitops.compliance.result import Stop
from mlops_gitops.compliance.selection_rates import Rate, rates, unjustified
from mlops_gitops.compliance.subject import Counts
from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.policy.rule import Edit

# Applicants, and of them those who score above the median, that give the rates of the worked example in 6 RCNY 5-301.
MALE, FEMALE = (92, 50), (76, 34)
RACES = {"Hispanic or Latino": (53, 34), "White": (40, 15), "Black or African American": (36, 18),
         "Native Hawaiian or Pacific Islander": (8, 5), "Asian": (12, 5)}  # fmt: skip


def shown(found: tuple[Rate, ...]) -> dict[str, tuple[str, str]]:
    """Rate in per cent and impact ratio, as the rule prints them."""
    counted = (rate for rate in found if rate.ratio is not None)
    return {"".join(rate.category): (f"{rate.rate:.1%}", f"{rate.ratio:.2f}") for rate in counted}


def test_the_worked_example_of_the_rule_by_sex() -> None:
    counts: Counts = {("Male", "White"): MALE, ("Female", "White"): FEMALE}
    assert shown(rates(counts).sex) == {"Male": ("54.3%", "1.00"), "Female": ("44.7%", "0.82")}


def test_the_worked_example_of_the_rule_by_race_or_ethnicity() -> None:
    counts: Counts = {("Male", race): count for race, count in RACES.items()}
    assert shown(rates(counts).race) == {
        "Hispanic or Latino": ("64.2%", "1.00"), "White": ("37.5%", "0.58"),
        "Black or African American": ("50.0%", "0.78"), "Native Hawaiian or Pacific Islander": ("62.5%", "0.97"),
        "Asian": ("41.7%", "0.65"),
    }  # fmt: skip


def test_intersections_have_rates_of_their_own() -> None:
    found = {rate.category: rate for rate in rates(governed.COUNTS, ["Unknown"]).both}
    assert found["Male", "Black"].ratio == 1.0 and found["Male", "Black"].rate == 20 / 32
    assert found["Female", "Black"].ratio == pytest.approx((16 / 36) / (20 / 32))


def test_unknown_applicants_are_counted_and_in_no_category_of_what_is_unknown() -> None:
    found = rates(governed.COUNTS, ["UNKNOWN"])
    assert (found.applicants, found.unknown) == (172, 4)
    assert {rate.category[0] for rate in found.sex} == {"Male", "Female"}
    assert sum(rate.applicants for rate in found.race) == 172  # their race is known
    assert rates({("", "White"): (2, 1), ("Male", "White"): (2, 1)}).unknown == 2


def test_a_category_of_less_than_two_per_cent_may_be_left_out_and_sets_no_highest_rate() -> None:
    counts: Counts = {("Male", "White"): (990, 495), ("Male", "Other"): (10, 10)}
    left_out = [("", "Other")]
    assert shown(rates(counts, (), left_out).race) == {"White": ("50.0%", "1.00")}
    assert shown(rates(counts).race)["White"] == ("50.0%", "0.50")
    assert unjustified(rates(counts, (), left_out), left_out) == []


@cases("category", [("", "White"), ("", "Nobody"), ("Male", "")])
def test_no_other_category_may_be_left_out(category: tuple[str, str]) -> None:
    counts: Counts = {("Male", "White"): (990, 495), ("Male", "Other"): (10, 10)}
    assert unjustified(rates(counts, (), [category]), [category]) == [category]


def test_where_nobody_is_a_hit_there_is_no_ratio() -> None:
    assert shown(rates({("Male", "White"): (9, 0)}).sex) == {}


@cases("words", [("1", "0"), ("true", "false"), ("Yes", "no")])
def test_rows_of_a_file_are_counted(tmp_path: Path, words: tuple[str, str]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(governed.APPLICANTS.replace(",1\n", f",{words[0]}\n").replace(",0\n", f",{words[1]}\n"))
    columns = {"sex": "sex", "race": "race", "selected": "selected"}
    assert count_categories(ENGINE, str(path), "csv", columns) == governed.COUNTS


def test_a_score_counts_above_the_median_of_all(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("s,r,p\nM,W,0.1\nM,W,0.5\nF,W,0.5\nF,B,0.9\nF,B,0.7\n")
    found = count_categories(ENGINE, str(path), "csv", {"sex": "s", "race": "r", "score": "p"})
    assert found == {("M", "W"): (2, 0), ("F", "W"): (1, 0), ("F", "B"): (2, 2)}


@cases(
    "text, columns, fact",
    [("s,r\nM,W\n", {"sex": "s", "race": "r", "selected": "hired"}, "'hired'"),
     ("s,r,p\nM,W,\nM,W,0.5\n", {"sex": "s", "race": "r", "score": "p"}, "1 of the applicants"),
     ("s,r,p\nM,W,high\n", {"sex": "s", "race": "r", "score": "p"}, "have no score"),
     ("s,r,p\nM,W,nan\nF,W,1\n", {"sex": "s", "race": "r", "score": "p"}, "1 of the applicants have no score"),
     ("s,r,p\nM,W,inf\nF,W,1\n", {"sex": "s", "race": "r", "score": "p"}, "1 of the applicants have no score"),
     ("s,r,p\nM,W,\nF,W,1\n", {"sex": "s", "race": "r", "selected": "p"}, "1 of the applicants have no selection"),
     ("s,r,p\nM,W,hired\nF,W,0\n", {"sex": "s", "race": "r", "selected": "p"}, "1 of the applicants have no selec"),
     ("s,r,p\nM,W,2\nF,W,0\n", {"sex": "s", "race": "r", "selected": "p"}, "1 of the applicants have no selection")],
)  # fmt: skip
def test_what_cannot_be_counted_is_undecided(tmp_path: Path, text: str, columns: dict[str, str], fact: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text)
    with pytest.raises(Undecided, match=fact) as caught:
        count_categories(ENGINE, str(path), "csv", columns)
    assert str(tmp_path) not in caught.value.message  # a copy in a folder that is gone when somebody reads it


def test_the_audit_that_the_card_pins_is_read_and_its_rates_follow() -> None:
    subject = governed.subject()
    found = audited_rates(subject, newest_audit(subject))
    assert shown(found.sex) == {"Male": ("54.3%", "1.00"), "Female": ("44.7%", "0.82")}


@cases(
    "old, new, fact",
    [("columns: {sex: sex, race: race, selected: selected}", "columns: {sex: sex, race: race}", "exactly one of"),
     ("audited: 2027-10-01", "audited: 2027-02-30", "no day 2027-02-30"),
     ("auditor: ", "threshold: 0.8\nauditor: ", "threshold")],
)  # fmt: skip
def test_a_wrong_audit_gets_one_line(old: str, new: str, fact: str) -> None:
    text = governed.files()["reports/audit.yaml"].decode()
    assert old in text
    path, before = "reports/audit.yaml", hashlib.sha256(text.encode()).hexdigest()
    after = hashlib.sha256(text.replace(old, new).encode()).hexdigest()
    with pytest.raises(Stop, match=fact):
        newest_audit(governed.subject(Edit(path, old, new), Edit("models/churn/README.md", before, after)))

"""card-claims: what is wrong with a card's numbers is said once, in time that grows as the card does."""

from __future__ import annotations

import sample
from cases import cases
from counted import calls
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.card_claims import RULE
from mlops_gitops.repository.context import Context

CARD = "models/churn/README.md"
MEASURED = '{"test": {"accuracy": 0.9, "f1": 0.8}}'
KPIS = "".join(f"  - {{id: {name}, metric: {{file: metrics.json, key: test.{name}}}}}\n" for name in ("accuracy", "f1"))


def _context(metrics: list[tuple[str, str]], *, measured: str = "", sets: int = 1) -> Context:
    """The sample with a card that claims these numbers, each on one of some data sets in turn."""
    results = [
        f"  - task: {{type: t}}\n    dataset: {{type: d{n}, name: D{n}}}\n    metrics:\n"
        + "".join(f"    - {{type: {name}, value: {value}}}\n" for name, value in metrics[n::sets])
        for n in range(sets)
    ]
    index = f"model-index:\n- name: churn\n  results:\n{''.join(results)}"
    edits = [Edit(CARD, "mlops:\n", f"{index}mlops:\n")]
    if measured:
        edits += [Edit("metrics.json", None, measured), Edit("models/churn/kpis.yaml", "kpis:\n", f"kpis:\n{KPIS}")]
    return sample.context(sample.edited(tuple(edits)))


def _found(context: Context) -> list[Diagnostic]:
    return list(RULE.check(context))


def test_a_few_numbers_are_found_one_by_one() -> None:
    found = _found(_context([("accuracy", "0.91"), ("bleu", "41.2"), ("f1", "0.7")]))
    assert sorted(finding.message.split()[3] for finding in found) == ["0.7", "0.91", "41.2"]
    assert not any(finding.related for finding in found)


def test_many_numbers_that_nothing_measures_are_one_finding_with_their_count() -> None:
    (found,) = _found(_context([(f"m{n % 7}", f"0.{n + 100}") for n in range(250)], sets=50))
    assert found.severity is Severity.WARNING
    assert not lacking(found.message, "250", "0.100", "m0")
    places = {(span.line, span.column) for span in (found.span, *found.related)}
    assert len(places) == 250 and found.span == min((found.span, *found.related))


def test_each_kind_of_fault_is_counted_by_itself() -> None:
    metrics = [("accuracy", "0.7")] * 5 + [("f1", "[1]")] * 4 + [("bleu", "3")] * 6 + [("accuracy", "0.9")]
    found = _found(_context(metrics, measured=MEASURED))
    assert [(d.severity, len(d.related)) for d in sorted(found, key=lambda d: len(d.related))] == [
        (Severity.ERROR, 3), (Severity.ERROR, 4), (Severity.WARNING, 5),
    ]  # fmt: skip
    (others,) = [d for d in found if "0.7" in d.message]
    assert not lacking(others.message, "5", "0.7", "accuracy", "0.9", "metrics.json:test.accuracy")


@cases(
    "values, severity",
    [(("0.9", "0.7"), Severity.WARNING), (("0.6", "0.7"), Severity.ERROR)],
)
def test_a_number_of_another_data_set_is_warned_of(values: tuple[str, ...], severity: Severity) -> None:
    """Where every number about one data set is a measured one, those of others were measured elsewhere."""
    found = _found(_context([("accuracy", value) for value in values], measured=MEASURED, sets=2))
    assert {d.severity for d in found} == {severity}


@cases("measured", ["", MEASURED])
def test_the_work_grows_as_the_number_of_claims_does(measured: str) -> None:
    def work(number: int) -> int:
        metrics = [(("accuracy", "f1", "bleu")[n % 3], f"0.{n:03d}") for n in range(number)]
        context = _context(metrics, measured=measured, sets=number // 10)
        context.head.document(CARD)
        return calls(lambda: _found(context))

    once, twice = work(300), work(600)
    assert twice < 2.2 * once, (once, twice)

"""Records whose numbers cannot be true: each typed edit is refused in a sentence that names it, without any data."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace

import numpy as np
import pytest
from cases import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from measured import OURS
from messages import lacking

from mlops_gitops.documents import schema_validation
from mlops_gitops.gates.consistency import inconsistency
from mlops_gitops.gates.judge import judge
from mlops_gitops.gates.result import Baseline, Outcome
from mlops_gitops.gates.serialize import gate_to_data, judge_recorded, same_measurement
from mlops_gitops.measurement.contract import MeasurementRequest
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.measurement.measure import measure
from mlops_gitops.measurement.results import Bounds, Compared, Gap, Measured, Measurement, Slice
from mlops_gitops.metrics.lookup import better_direction, find_metric
from mlops_gitops.policy.rules import promotion_gates
from mlops_gitops.records.gate import read_gate
from mlops_gitops.records.kpis import DataSet, Kpi, MetricFile

BASELINE = Baseline("production", "1.0.0", "sha256:" + "0" * 64)
SURE = {"confidence": 0.95}
LOSS = {"no_worse_than": {"baseline": "production", "by": 0.02}}
BY = {"by": ["region"], "min_samples": 50}
GATE = schema_validation.schema("promotion")["properties"]["predicate"]["properties"]["gates"]["items"]
VALID = Draft202012Validator(GATE)


def kpi_of(gate, metric="accuracy"):
    return Kpi("k", metric, None if isinstance(metric, MetricFile) else "holdout", None, None, read_gate(gate))


def recorded(kpi, *parts, baseline=BASELINE, **rest):
    """The record of a measurement, as it comes back from a file."""
    result = judge(kpi, better_direction(kpi), Measurement(*parts, **rest), baseline)
    record = json.loads(json.dumps(gate_to_data(result)))
    assert not list(VALID.iter_errors(record))
    return record


def bounds(value, half, method="clopper_pearson", **refutes):
    return Bounds(round(value - half, 12), round(value + half, 12), method, "", refutes)


def group(region, value, n, p=None, versus=None):
    refutes = {} if p is None else {"at_least": p}
    return Slice({"region": region}, Measured(value, n, "", bounds(value, 0.02, **refutes)), versus)


def compared(ours, theirs, n, unpaired, half=0.01, **refutes):
    change = bounds(ours - theirs, half, "tango", **refutes)
    return Compared(ours, theirs, n, "", unpaired, change)


VALUE = kpi_of(SURE | {"at_least": 0.8})
WHOLE = Measured(0.9, 1000, "", bounds(0.9, 0.02))
EACH = kpi_of(SURE | {"at_least": 0.8, "slices": BY | {"at_least": 0.85, "require": "not_refuted"}})
GROUPS = (group("EU", 0.95, 600, 0.4), group("US", 0.9, 300, 0.4), group("ASIA", 0.7, 100, 1e-6))
GAPS = kpi_of(SURE | {"at_least": 0.8, "slices": BY | {"max_gap": 0.3, "min_ratio": 0.5}})
APART = tuple(Slice(part.values, Measured(part.measured.value, part.measured.n, "", bounds(part.measured.value, 0.02)))
              for part in GROUPS)  # fmt: skip
BETWEEN = {
    "gap": Gap(0.25, (0, 2), Bounds(0.2, 0.29, "mover")),
    "ratio": Gap(0.7 / 0.95, (2, 0), Bounds(0.7, 0.8, "mover")),
}
CHANGE = kpi_of(SURE | {"no_worse_than": LOSS["no_worse_than"] | {"unpaired": 0.2}})
VERSUS = compared(0.9, 0.89, 900, (100, 20))
POINT = kpi_of({"no_worse_than": LOSS["no_worse_than"] | {"unpaired": 0.2}})
BOTH = kpi_of(SURE | {"at_least": 0.8, "slices": BY | LOSS})
PAIRS = tuple(
    Slice(part.values, part.measured, compared(part.measured.value, part.measured.value, n, (0, 0), no_worse_than=0.4))
    for part, n in zip(APART, (600, 300, 100), strict=True)
)
FILE = kpi_of({"at_least": 0.8} | LOSS, MetricFile("metrics.json", "accuracy"))

HONEST = {
    "value": (VALUE, (WHOLE,), {}),
    "groups": (EACH, (WHOLE, None, GROUPS), {}),
    "gaps": (GAPS, (WHOLE, None, APART), BETWEEN),
    "change": (CHANGE, (WHOLE, VERSUS), {}),
    "point": (POINT, (Measured(0.9, 1000), Compared(0.9, 0.89, 900, "", (100, 20))), {}),
    "both": (BOTH, (WHOLE, compared(0.9, 0.9, 1000, (0, 0)), PAIRS), {}),
    "file": (FILE, (Measured(0.9), Compared(0.9, 0.89)), {}),
    "lost": (EACH, (Measured(None, 1000, "it is undefined"),), {}),
}


def honest(name):
    kpi, parts, rest = HONEST[name]
    return kpi, recorded(kpi, *parts, **rest)


def said(kpi, record):
    return inconsistency(kpi, find_metric(kpi.metric) if isinstance(kpi.metric, str) else None, record)


@cases("name", HONEST)
def test_what_was_measured_can_be_true(name):
    assert said(*honest(name)) == ""


DELETED = object()


def edited(record, route, value):
    """The record with one place typed over, or taken out."""
    changed = copy.deepcopy(record)
    *way, last = route.split(".")
    place = changed
    for part in way:
        place = place[int(part)] if isinstance(place, list) else place[part]
    key = int(last) if isinstance(place, list) else last
    if value is DELETED:
        del place[key]
    else:
        place[key] = value
    return changed


SMALL = {"value": 0.01, "between": [0, 1], "interval": [0, 0.02], "method": "mover"}
EDITS = [
    ("value", "interval", [0.95, 0.97], ("value 0.9", "outside its own interval", "0.95 to 0.97")),
    ("value", "interval", [0.92, 0.88], ("value 0.9", "outside its own interval")),
    ("value", "value", 7, ("value 7", "outside", "range", "0 to 1")),
    ("value", "interval", [0.8, 8], ("bound 8", "outside", "range", "0 to 1")),
    ("value", "n", None, ("value", "unknown number of rows")),
    ("value", "n", 0, ("value", "no rows")),
    ("value", "method", "wishful", ("value", "method wishful", "clopper_pearson")),
    ("value", "method", DELETED, ("value", "method None", "clopper_pearson")),
    ("value", "interval", DELETED, ("value", "no interval", "confidence")),
    ("value", "groups", [], ("has groups", "no slices")),
    ("value", "paired", {"n": 1, "value": 0.9}, ("has `paired`", "no baseline")),
    ("point", "interval", [0.8, 1], ("value has interval", "nothing has bounds")),
    ("point", "n", 3, ("with a partner (900)", "without (100)", "not its n, 3")),
    ("groups", "groups.2", DELETED, ("groups by region", "900 rows", "all rows are 1,000")),
    ("groups", "groups", DELETED, ("groups by region", "0 rows", "all rows are 1,000")),
    ("groups", "groups.2.n", 3, ("groups by region", "903 rows", "all rows are 1,000")),
    ("groups", "groups.2.values", {"region": "EU"}, ("group region=EU", "twice")),
    ("groups", "groups.0.values", {"zzz": "q"}, ("zzz=q", "not a group by region")),
    ("groups", "groups.0.values", {}, ("not a group by region",)),
    ("groups", "groups.2.refutes", DELETED, ("region=ASIA", "refutes are of none", "are at_least")),
    ("groups", "groups.2.refutes", {"at_least": 0.4}, ("region=ASIA", "against at_least is 0.4", "bound 0.72 misses")),
    ("groups", "groups.0.refutes", {"at_least": 0.04}, ("region=EU", "against at_least is 0.04", "does not miss")),
    ("groups", "groups.2.refutes", {"at_most": 0.4}, ("region=ASIA", "refutes are of at_most", "are at_least")),
    ("groups", "groups.2.interval", [0.75, 0.9], ("region=ASIA", "value 0.7", "outside", "0.75 to 0.9")),
    ("groups", "groups.2.method", "tea leaves", ("region=ASIA", "method tea leaves", "clopper_pearson")),
    ("groups", "groups.2.interval", DELETED, ("region=ASIA", "no interval", "confidence")),
    ("groups", "gap", SMALL, ("has a gap", "not ask")),
    ("gaps", "gap", SMALL, ("gap is 0.01", "groups", "have 0.05")),
    ("gaps", "gap", SMALL | {"value": 0.05, "interval": [0, 0.06]}, ("gap is 0.05", "two groups")),
    ("gaps", "gap.between", [0, 0], ("gap", "two groups with values", "places [0, 0]")),
    ("gaps", "gap.between", [0, 99], ("gap", "two groups with values", "places [0, 99]")),
    ("gaps", "gap.interval", [0.26, 0.29], ("gap 0.25", "outside its own interval", "0.26 to 0.29")),
    ("gaps", "gap.method", "delta", ("gap", "method delta")),
    ("gaps", "gap", DELETED, ("no gap", "3 groups")),
    ("gaps", "ratio.value", 0.99, ("ratio is 0.99", "groups", "have 0.736842105263")),
    ("change", "paired", DELETED, ("baseline has a value", "no value in `paired`")),
    ("change", "paired.unpaired", DELETED, ("paired rows", "without `unpaired`")),
    ("change", "paired.n", 0, ("paired value", "no rows")),
    ("change", "paired.n", 10**9, ("with a partner (1,000,000,000)", "without (100)", "not its n, 1000")),
    ("change", "paired.interval", [-0.01, 0.005], ("change 0.01", "outside its own interval", "-0.01 to 0.005")),
    ("change", "change", 0.02, ("change is 0.02", "0.9 less 0.89 is 0.01")),
    ("change", "change", None, ("change is None", "0.9 less 0.89 is 0.01")),
    ("change", "baseline.value", 1e308, ("change is 0.01", "0.9 less 1e+308")),
    ("both", "groups.1.paired", DELETED, ("groups by region", "700 rows with a partner")),
    ("both", "groups.1.paired.n", 200, ("groups by region", "900 rows with a partner")),
    ("both", "groups.1.paired.value", None, ("region=US", "baseline has a value", "no value in `paired`")),
    ("both", "groups.1.paired.unpaired", [5, 0], ("region=US", "with a partner (300)", "without (5)")),
    ("both", "groups.1.baseline", DELETED, ("region=US", "change is 0", "no two values")),
    ("both", "groups.1.paired.refutes", {}, ("region=US", "change's refutes are of none")),
    ("file", "n", 3, ("metrics file", "no n")),
    ("file", "paired", {"n": 1, "value": 0.9}, ("metrics file", "no paired")),
    ("file", "groups", [], ("metrics file", "no groups")),
]  # fmt: skip


@cases("name, route, value, facts", EDITS)
def test_what_was_typed_is_named(name, route, value, facts):
    kpi, record = honest(name)
    typed = edited(record, route, value)
    assert not list(VALID.iter_errors(typed)), "the schema would have told"
    assert not lacking(said(kpi, typed), *facts)


def test_two_changes_beyond_what_a_number_holds_are_no_change():
    kpi = HONEST["file"][0]
    record = recorded(kpi, Measured(1e308), Compared(1e308, -1e308))
    assert record["change"] is None and "less -1e+308 is inf" in said(kpi, record)


def test_the_rule_refuses_it_in_a_short_sentence_that_names_the_place():
    kpi, record = honest("groups")
    context = SimpleNamespace(ledger=None)
    typed = edited(record, "interval", [0.95, 0.97])
    assert [(route, text[:14]) for route, text in promotion_gates.gate_faults(context, None, kpi, typed)] == [
        ((), "k: the value 0")
    ]
    typed = edited(edited(record, "groups.2.outcome", "passed"), "reason", "other words")
    ((route, text),) = promotion_gates.gate_faults(context, None, kpi, typed)
    assert route == ("groups", 2, "outcome")
    assert not lacking(text, "outcome of region=ASIA", "recorded as passed", "give failed")
    long = edited(typed, "groups.2.values", {"region": "x" * 5000})
    assert all(len(text) < 500 for _, text in promotion_gates.gate_faults(context, None, kpi, long))
    ((_, text),) = promotion_gates.gate_faults(context, None, kpi, edited(record, "groups.2.reason", "other words"))
    assert text.startswith("k is failed: ")  # words are the version's own


def test_what_lacks_may_be_said_in_other_words():
    record = honest("value")[1]
    few = record | {"few": "3 positives, and newcombe needs 10"}
    assert same_measurement(few, few | {"few": "other words"}) and not same_measurement(few, record)


# ── records of the real engine ──

N = 600


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Predictions of two models, of classes and of a quantity, whose kinds of rows are rare or common."""
    rng = np.random.default_rng(20261126)
    label = (rng.random(N) < 0.4).astype(int)
    made = tmp_path_factory.mktemp("data")
    columns = {"id": np.arange(N), "label": label, "region": rng.choice(["EU", "US", "ASIA"], N, p=[0.6, 0.35, 0.05]),
               "user": rng.integers(0, 80, N), "sold": 1e6 + rng.normal(0, 10, N)}  # fmt: skip
    for name, noise in (("ours", 0.2), ("theirs", 0.25)):
        score = np.clip(0.35 + 0.3 * label + rng.normal(0, noise, N), 0.001, 0.999)
        table = columns | {"score": score, "against": 1 - score, "guess": (score > 0.5).astype(int)}
        table |= {"forecast": columns["sold"] + rng.normal(1, 20 * noise, N)}
        rows = zip(*(column.tolist() for column in table.values()), strict=True)
        lines = [",".join(table), *(",".join(map(str, row)) for row in rows)]
        (made / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return made


GATES = {
    "groups": SURE | {"at_least": 0.1, "slices": BY | {"max_gap": 0.5, "min_ratio": 0.1}},
    "conditions": SURE | {"at_least": 0.1, "slices": BY | {"at_least": 0.7}},
    "change": SURE | LOSS,
    "points": LOSS | {"slices": BY | {"at_most": 0.7, "max_gap": 0.1}},
}


QUANTITY = {"label": "sold", "prediction": "forecast"}
CLASSES = {"label": "label", "prediction": "guess", "score": "score", "scores": {"0": "against", "1": "score"}}


@cases("cluster", [None, "user"])
def test_what_the_engine_measures_can_be_true(folder, cluster):
    seen = dict.fromkeys(GATES, 0)
    for numeric in (False, True):
        metrics = [metric for metric in OURS.values() if metric.numeric == numeric]
        asks = {
            (gate, metric.id): MeasurementRequest(metric, read_gate(GATES[gate]), metric.better or "higher")
            for gate in GATES
            for metric in metrics
            if metric.form.intervals or gate == "points"
        }
        given = QUANTITY if numeric else CLASSES
        data = DataSet("holdout", "ours.csv", "csv", key="id", cluster=cluster, slices=("region",), **given)
        found = measure(ENGINE, data, asks, f"{folder}/ours.csv", f"{folder}/theirs.csv")
        for (gate, name), measurement in found.items():
            kpi = Kpi("k", name, "holdout", "higher", None, read_gate(GATES[gate]))
            record = json.loads(json.dumps(gate_to_data(judge(kpi, better_direction(kpi), measurement, BASELINE))))
            assert said(kpi, record) == "", (gate, name)
            seen[gate] += record["value"] is not None
    assert min(seen.values()) > 20, seen


# ── records of nobody ──

NUMBERS = st.sampled_from([None, 0, 1, -1, 0.5, 1e308, -1e308, 1e-308, 2**53 - 1, DELETED])
VALUES = NUMBERS | st.sampled_from(
    [[], [0, 1], [1, 0], [99, 0], [1e308, -1e308], {}, {"region": None}, {"at_least": 0.0}, {"n": 0, "value": None},
     {"n": 5, "value": 0.5, "unpaired": [5, 5]}, {"value": 0.5, "between": [0, 7]}, SMALL, "passed", "delta"]
)  # fmt: skip


def places(data, route=""):
    """Every place of a record, by its route."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield f"{route}{key}"
        yield from places(value, f"{route}{key}.")


RECORDS = {name: honest(name) for name in HONEST}
OPTIONAL = ("interval", "method", "few", "refutes", "paired", "groups", "gap", "ratio", "baseline", "change")
ROUTES = sorted({
    route for _, record in RECORDS.values() for route in places(record)
} | set(OPTIONAL) | {f"groups.0.{name}" for name in OPTIONAL})  # fmt: skip


@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(RECORDS)), st.sampled_from(sorted(RECORDS)), st.data())
def test_any_record_is_answered_and_never_by_a_crash(name, judge_by, data):
    record = RECORDS[name][1]
    for _ in range(data.draw(st.integers(1, 3))):
        try:
            changed = edited(record, data.draw(st.sampled_from(ROUTES)), data.draw(VALUES))
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # there is no such place
        record = record if list(VALID.iter_errors(changed)) else changed
    kpi = HONEST[judge_by][0]
    wrong = said(kpi, record)
    again = judge_recorded(kpi, better_direction(kpi), record)
    assert isinstance(wrong, str) and gate_to_data(again)["id"] == "k"


@cases("name, route, value", [
    ("gaps", "gap.between", [0, 99]), ("gaps", "groups", DELETED), ("both", "groups.0.baseline", DELETED),
    ("value", "method", DELETED),
])  # fmt: skip
def test_what_does_not_hang_together_never_passes(name, route, value):
    kpi, record = honest(name)
    again = judge_recorded(kpi, better_direction(kpi), edited(record, route, value))
    assert again.outcome in (Outcome.INCONCLUSIVE, Outcome.NOT_AVAILABLE)

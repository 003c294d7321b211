"""Numbers in metrics and plots files: the one that is meant, or one sentence that says why there is none."""

from __future__ import annotations

import json
import math

from cases import cases
from house import Repository
from hypothesis import given
from hypothesis import strategies as st
from messages import lacking

from mlops_gitops.measurement import metrics_files
from mlops_gitops.measurement.metrics_files import MAX_SIZE, number_in
from mlops_gitops.measurement.results import Measured
from mlops_gitops.records.kpis import MetricFile

LOSSES = "step\tloss\n0\t0.5\n1\t0.3\n2\t0.35\n"
ROWS = '[{"step": 0, "loss": 0.5}, {"step": 1, "loss": 0.3}, {"step": 2, "loss": 0.35}]'
# By hand, in the format DVCLive 3.49 writes: numbers of a run by the parts of their names, infinite ones as text.
DVCLIVE = '{\n    "train": {\n        "loss": 0.25\n    },\n    "flag": true,\n    "inf": "inf",\n    "step": 3\n}'


def number(text: str | bytes, path: str, key: str, point: str | None = None, better: str | None = "lower") -> Measured:
    data = text if isinstance(text, bytes) else text.encode()
    return number_in(data, path, MetricFile(path, key, point), better)


def reason(*asked: str | bytes | None, better: str | None = "lower") -> str:
    found = number(*asked, better=better)  # type: ignore[arg-type]
    assert found.value is None
    return found.reason


@cases(
    "path, text, key, value",
    [
        ("metrics.json", '{"eval": {"f1": 0.5}}', "eval.f1", 0.5),
        ("metrics.json", '{"eval": {"f1.macro": 0.5}}', "eval.f1.macro", 0.5),
        ("metrics.json", '{"eval.f1": 0.25, "eval": {"f1": 0.5}}', "eval.f1", 0.25),
        ("metrics.yaml", "eval: {f1: 1e-05}\n", "eval.f1", 1e-05),
        ("metrics", "loss: 3\n", "loss", 3.0),
        ("metrics.toml", "loss = 0.5\n[eval]\nf1 = 0.25\nother = nan\n", "eval.f1", 0.25),
        ("metrics.csv", "loss,f1\n0.5,.25\n", "f1", 0.25),
        ("METRICS.CSV", '"loss, all",f1\r\n-5e-1,1.\r\n', "loss, all", -0.5),
        ("metrics.tsv", "loss\tf1\n0.5\t0.25\n\n", "loss", 0.5),
        ("metrics.json", '[{"loss": 0.5}]', "loss", 0.5),
        ("dvclive/metrics.json", DVCLIVE, "train.loss", 0.25),
        # The largest whole numbers that are exact as doubles, rounded to 12 digits like every number.
        ("m.toml", "a = 9007199254740991\n", "a", 9007199254740000.0),
        ("m.yaml", "a: -9007199254740991\n", "a", -9007199254740000.0),
    ],
)
def test_a_number_is_read_from_any_metrics_file_of_dvc(path: str, text: str, key: str, value: float) -> None:
    assert number(text, path, key) == Measured(value)


@cases(
    "path, text, key",
    [
        ("plots/loss.csv", LOSSES.replace("\t", ","), "loss"),
        ("dvclive/plots/metrics/loss.tsv", LOSSES, "loss"),  # as DVCLive writes one
        ("plots/loss.json", ROWS, "loss"),
        ("plots/loss.json", f'{{"val": {ROWS}}}', "val.loss"),
        ("plots/loss.json", ROWS.replace("0.5}", "0.5, \"odd\": []}"), "loss"),
        ("plots/loss.yaml", "- {step: 0, loss: 0.5}\n- {step: 1, loss: 0.3}\n- {step: 2, loss: 0.35}\n", "loss"),
    ],
)  # fmt: skip
def test_of_a_series_the_last_or_the_best_point_is_read(path: str, text: str, key: str) -> None:
    assert number(text, path, key, "last") == Measured(0.35)
    assert number(text, path, key, "best", "lower") == Measured(0.3)
    assert number(text, path, key, "best", "higher") == Measured(0.5)
    assert not lacking(reason(text, path, key), path, "3 points", key, "`point: last`", "`point: best`")
    assert "add `better:`" in reason(text, path, key, "best", better=None)


def test_a_series_of_one_point_needs_no_choice_and_may_have_one() -> None:
    for point in (None, "last", "best"):
        assert number("step,loss\n0,0.5\n", "loss.csv", "loss", point) == Measured(0.5)


def test_values_are_rounded_to_twelve_digits() -> None:
    assert number('{"a": 0.3333333333333333}', "m.json", "a").value == 0.333333333333


@cases(
    "path, text, key, point, facts",
    [
        ("m.json", '{"a": 1}', "a", "last", ("a", "single number", "`point: last`")),
        ("m.json", '{"a": 1}', "b", None, ("no b",)),
        ("m.json", '{"a": 1}', "a.b", None, ("no a.b",)),
        ("m.json", '{"a": NaN}', "a", None, ("cannot be read", "JSON", "NaN")),
        ("m.json", '{"a": -Infinity}', "a", None, ("cannot be read", "JSON", "-Infinity")),
        ("m.json", '{"a": 1e999}', "a", None, ("cannot be read", "JSON", "not finite")),
        ("m.json", '{"a": 1, "a": 2}', "a", None, ("cannot be read", "JSON", "the key 'a'", "twice")),
        ("m.json", "[" * 100_000, "a", None, ("cannot be read", "JSON", "nested too deeply")),
        ("m.json", '{"a": null}', "a", None, ("a", "empty", "not a number")),
        ("m.json", '{"a": [1, 2]}', "a", "last", ("a", "single number", "`point: last`")),
        ("m.json", '{"a": [1, 2]}', "a", None, ("a", "a list", "not a number")),
        ("m.json", '{"a": {"b": 1}}', "a", None, ("a", "a mapping", "not a number")),
        ("m.json", "[]", "a", "last", ("no points", "a")),
        ("m.json", '[{"a": 1}, 2]', "a", "last", ("no a",)),
        ("m.json", '[{"a": 1}, {"b": 2}]', "a", "best", ("no a",)),
        ("m.json", '[{"a": 2}, {"a": [{"b": 1}]}]', "a.b", "last", ("a.b", "point 2", "empty", "not a number")),
        ("m.json", '{"a": true}', "a", None, ("a", "True", "not a number")),
        ("m.json", DVCLIVE, "inf", None, ("inf", "is 'inf'", "not a number")),
        ("m.yaml", "a: .nan\n", "a", None, ("cannot be read", ".nan", "not a finite number")),
        ("m.yaml", "a: 1\na: 2\n", "a", None, ("cannot be read", "the key 'a'", "twice")),
        ("m.yaml", "a: 1_000\n", "a", None, ("a", "'1_000'", "not a number")),
        ("m.toml", "a = nan\n", "a", None, ("a", "nan", "not a number")),
        ("m.toml", "a = -inf\n", "a", None, ("a", "-inf", "not a number")),
        ("m.toml", "a = 1979-05-27\n", "a", None, ("a", "datetime.date(1979, 5, 27)", "not a number")),
        ("m.toml", "a = 9007199254740992\n", "a", None, ("a", "beyond 9007199254740991", "not exact")),
        ("m.toml", f"a = {10**400}\n", "a", None, ("a", "beyond 9007199254740991", "not exact")),
        ("m.toml", f"a = {'[' * 5000}", "a", None, ("cannot be read", "nested too deeply")),
        ("m.toml", "a = 1\na = 2\n", "a", None, ("cannot be read", "overwrite", "line 2", "column 6")),
        ("m.csv", "a,b\nnan,1\n", "a", None, ("a", "'nan'", "not a number")),
        ("m.csv", "a,b\ninf,1\n", "a", None, ("a", "'inf'", "not a number")),
        ("m.csv", "a,b\n1e999,1\n", "a", None, ("a", "is inf", "not a number")),
        ("m.csv", "a,b\n1_0,1\n", "a", None, ("a", "'1_0'", "not a number")),
        ("m.csv", "a,b\n\u0661,1\n", "a", None, ("a", "'\u0661'", "not a number")),
        ("m.csv", "a,b\n 1,1\n", "a", None, ("a", "' 1'", "not a number")),
        ("m.csv", "a,b\n,1\n", "a", None, ("a", "''", "not a number")),
        ("m.csv", "a,b\nTrue,1\n", "a", None, ("a", "'True'", "not a number")),
        ("m.csv", "a,a\n1,2\n", "a", None, ("cannot be read", "two columns of one name", "'a'")),
        ("m.csv", "a,b\n1\n", "a", None, ("cannot be read", "line 2", "1 values", "header has 2")),
        ("m.csv", "a,b\n1,2\n1,2,3\n", "a", "last", ("cannot be read", "line 3", "3 values", "header has 2")),
        ("m.csv", 'a,b\n1,"2\n', "a", None, ("cannot be read", "unexpected end")),
        ("m.csv", "a,b\n", "a", None, ("no points", "a")),
        ("m.csv", "a,b\n1,2\n", "c", None, ("no c",)),
        ("m.csv", "a;b\n1;2\n", "a", None, ("no a",)),
        ("m.csv", "a,b\n1,2\nnan,3\n2,4\n", "a", "best", ("a", "point 2", "'nan'", "not a number")),
        ("m.csv", "a,b\n1,2\nnan,3\n", "a", "last", ("a", "point 2", "'nan'", "not a number")),
        ("m.csv", "", "a", None, ("is empty",)),
        ("m.json", " \n", "a", None, ("is empty",)),
        ("m.yaml", "# nothing\n", "a", None, ("cannot be read", "YAML", "is empty")),
        ("m.toml", "# nothing\n", "a", None, ("no a",)),
        ("m.csv", "\ufeffa,b\n1,2\n", "a", None, ("byte order mark", "plain UTF-8")),
        ("m.json", '\ufeff{"a": 1}', "a", None, ("byte order mark", "plain UTF-8")),
        ("m.csv", b"a,b\n\xff,2\n", "b", None, ("cannot be read", "not UTF-8")),
        ("m.toml", b"a = '\xff'\n", "a", None, ("cannot be read", "not UTF-8")),
        ("m.csv", b"a,b\n" + b"1,2\n" * (MAX_SIZE // 4), "a", "last", ("larger than 16 MiB",)),
    ],
)  # fmt: skip
def test_what_is_no_number_is_said_by_name(
    path: str, text: str | bytes, key: str, point: str | None, facts: tuple[str, ...]
) -> None:
    assert not lacking(reason(text, path, key, point), path, *facts)


def test_a_nan_elsewhere_leaves_the_last_point_alone() -> None:
    assert number("a\nnan\n2\n", "m.csv", "a", "last") == Measured(2.0)


@given(st.binary(max_size=60), st.sampled_from(["json", "yaml", "toml", "csv", "tsv"]), st.text("ab.", max_size=3))
def test_no_bytes_raise_or_give_a_value_that_is_not_finite(data: bytes, ending: str, key: str) -> None:
    for point in (None, "last", "best"):
        found = number(data, f"m.{ending}", key, point)
        assert (found.reason != "") if found.value is None else math.isfinite(found.value)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_finite_float_is_read_as_it_was_written(values: list[float]) -> None:
    text = "\n".join(["a", *map(repr, values)])
    assert number(text, "m.csv", "a", "best", "higher").value == metrics_files.rounded(max(values))
    assert number(text, "m.csv", "a", "last").value == metrics_files.rounded(values[-1])


def test_a_gate_on_the_best_point_of_a_plots_file(repository: Repository) -> None:
    """From dvc.lock by digest, and by DVC's own words: what the stage made, best by the direction of the KPI."""
    repository.edit("pipeline.py", 'json.dumps({"p95_ms": 12.5})', repr(ROWS))
    repository.edit("models/churn/kpis.yaml", "key: p95_ms", "key: loss, point: best")
    repository.sh("dvc", "repro", "-q")
    answer = repository.run("gate", "churn", "--format", "json")
    kpi = next(entry for entry in answer.json["kpis"] if entry["id"] == "latency")
    assert (kpi["metric"], kpi["value"], kpi["outcome"]) == ("metrics.json:loss (best)", 0.3, "passed")


def test_dvc_reads_the_same_numbers_and_lets_through_what_is_none(repository: Repository) -> None:
    files = {"live.json": DVCLIVE, "m.toml": "train = {loss = 0.25}\n", "m.yaml": "train: {loss: 25e-2}\n",
             "nan.json": '{"train": {"loss": NaN}}', "twice.json": '{"train": {"loss": 9, "loss": 1}}'}  # fmt: skip
    for name, text in files.items():
        repository.write(name, text)
    shown = json.loads(repository.sh("dvc", "metrics", "show", "--json", *files))[""]["data"]
    dvc = {name: shown[name]["data"]["train"]["loss"] for name in files}
    ours = {name: number(text, name, "train.loss").value for name, text in files.items()}
    assert [dvc.pop(name) for name in ("live.json", "m.toml", "m.yaml")] == [0.25] * 3
    assert str(dvc) == "{'nan.json': nan, 'twice.json': 1}"
    assert ours == {"live.json": 0.25, "m.toml": 0.25, "m.yaml": 0.25, "nan.json": None, "twice.json": None}

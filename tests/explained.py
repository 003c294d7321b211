"""An honest explanation: a model with known coefficients, the script that `explain init` drafts, and what it writes."""

from __future__ import annotations

import base64
import json
import os
import pickle
import runpy
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np

from mlops_gitops.compliance.explanations.answers import Sources
from mlops_gitops.compliance.explanations.explanation import Explanation, Permutation
from mlops_gitops.compliance.explanations.level import Derived
from mlops_gitops.compliance.explanations.rederive import rederive
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.metrics import lookup
from mlops_gitops.onboarding.explanations.plan import ExplainPlan
from mlops_gitops.onboarding.explanations.stage import script
from mlops_gitops.records.card import CardArtifact
from mlops_gitops.records.gate import Gate
from mlops_gitops.records.kpis import DataSet, Kpi
from mlops_gitops.records.release import Pin

FEATURES = ("age", "tenure", "visits")
WEIGHTS, BIAS = (1.5, -0.8, 0.0), -0.2
# Gemm and Sigmoid with these weights, in single precision: one input of shape (rows, 3), one output of shape (rows, 1).
ONNX = base64.b64decode(
    "CAg6dgoSCgF4CgF3CgFiEgF6IgRHZW1tCg8KAXoSAXAiB1NpZ21vaWQSAWcqFwgDCAEQAUIBd0oMAADAP83MTL8AAAAAKg0IARABQgFiSgTNzEy+"
    "WhEKAXgSDAoKCAESBgoACgIIA2IRCgFwEgwKCggBEgYKAAoCCAFCBAoAEA0="
)
DATA = DataSet("holdout", "answers.csv", "csv", "left", key="account", score="probability")
KPI = Kpi("roc-auc", "roc_auc", "holdout", None, None, Gate(at_least=0.6, confidence=0.9))
WHAT_IF = "reports/churn/whatif.parquet"


@dataclass(frozen=True)
class Explained:
    """A folder with the files of an explanation, and what it is about."""

    folder: Path
    data: DataSet = DATA
    kpi: Kpi = KPI

    @property
    def stated(self) -> dict[str, Any]:
        """What explain.json says."""
        found: dict[str, Any] = json.loads((self.folder / "reports/churn/explain.json").read_text())
        return found

    def permutation(self, stated: Mapping[str, Any]) -> Permutation:
        """It, linked: every file pinned as it is."""
        shap = Pin("shap.parquet", md5="5" * 32) if "shap" in stated else None
        pins = [Pin(path, md5=digit * 32) for digit, path in (("1", "model.pkl"), ("2", "table.csv"), ("4", WHAT_IF))]
        explanation = Explanation("reports/churn/explain.json", stated)
        labels = [self.data.labels.path] if self.data.labels else []
        answers = tuple(Pin(path, md5=f"{n}" * 32) for n, path in enumerate((self.data.path, *labels), 6))
        return Permutation(explanation, self.kpi, self.data, pins[0], pins[1], answers, pins[2], shap)

    def sources(self, permutation: Permutation) -> Sources:
        """The files where they lie."""
        paths = {name: str(self.folder / pin.path) for name, pin in permutation.pins().items()}
        return Sources(paths, {name: path.rpartition(".")[2] for name, path in paths.items()})

    def rederive(self, stated: Mapping[str, Any], into: Path) -> Derived:
        """What follows from the files."""
        into.mkdir(exist_ok=True)
        permutation = self.permutation(stated)
        return rederive(ENGINE, permutation, self.sources(permutation), str(into))

    def rewrite(self, change: str, into: Path, path: str = WHAT_IF) -> Explained:
        """A copy whose Parquet file is what a query makes of its own rows, `rows`."""
        into.mkdir(parents=True)
        for file in (each for each in self.folder.rglob("*") if each.is_file()):
            (into / file.relative_to(self.folder)).parent.mkdir(parents=True, exist_ok=True)
            os.link(file, into / file.relative_to(self.folder))
        (into / path).unlink(missing_ok=True)
        with duckdb.connect() as session:
            session.execute(f"CREATE VIEW rows AS SELECT * FROM '{self.folder / WHAT_IF}'")
            answers = f"read_csv('{self.folder / self.data.path}', types={{'account': 'VARCHAR'}})"
            session.execute(f"CREATE VIEW answers AS SELECT * FROM {answers}")
            session.execute(f"COPY ({change}) TO '{into / path}' (FORMAT parquet)")
        return Explained(into, self.data, self.kpi)


def model_files(folder: Path, rows: int = 300) -> None:
    """Makes the model, the table of its features, and what it answers."""
    from sklearn.linear_model import LogisticRegression

    draw = np.random.default_rng(7)
    table = np.column_stack([draw.normal(size=rows), draw.normal(size=rows), draw.integers(0, 4, rows)])
    model = LogisticRegression()
    model.classes_, model.coef_, model.intercept_ = np.array([0, 1]), np.array([WEIGHTS]), np.array([BIAS])
    answers = model.predict_proba(table)[:, 1]
    left = (draw.random(rows) < answers).astype(int)
    (folder / "model.pkl").write_bytes(pickle.dumps(model))  # the same bytes each time, and so the same permutations
    (folder / "table.csv").write_text("\n".join(_lines(("account", *FEATURES), table.tolist())) + "\n")
    both = np.column_stack([left, answers]).tolist()
    (folder / "answers.csv").write_text("\n".join(_lines(("account", "left", "probability"), both)) + "\n")


def explain(
    folder: Path,
    rows: int = 300,
    repeats: int = 5,
    data: DataSet = DATA,
    kpi: Kpi = KPI,
    function: str = "roc_auc_score",
) -> Explained:
    """Makes the model, and runs the script that explains it."""
    model_files(folder, rows)
    if data.labels:
        lines = [line.split(",") for line in (folder / "answers.csv").read_text().splitlines()]
        (folder / data.labels.path).write_text("".join(f"{key},{label}\n" for key, label, _ in lines))
        (folder / "answers.csv").write_text("".join(f"{key},{answer}\n" for key, _, answer in lines))
    plan = ExplainPlan(
        "churn", kpi, lookup.find_metric(str(kpi.metric)), function, data, CardArtifact("model.pkl", "pickle"),
        "table.csv", FEATURES, "", "explain.py",
    )  # fmt: skip
    text = script(plan, shap=False).replace("REPEATS, MOST_ROWS = 5", f"REPEATS, MOST_ROWS = {repeats}")
    (folder / "explain.py").write_text(text)
    run_script(folder, "explain.py")
    return Explained(folder, data, kpi)


def run_script(folder: Path, path: str) -> None:
    """Runs a script in a folder, as its stage does."""
    with chdir(folder):
        runpy.run_path(path)


def _lines(names: tuple[str, ...], table: list[list[float]]) -> Iterator[str]:
    yield ",".join(names)
    for number, values in enumerate(table):
        yield ",".join([f"{number:04d}", *(repr(int(v) if v == int(v) else v) for v in values)])


def edited(stated: Mapping[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """What explain.json says, changed."""
    copy: dict[str, Any] = json.loads(json.dumps(stated))
    change(copy)
    return copy

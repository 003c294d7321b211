"""Measures `mlops-gitops gate` beside scikit-learn with pandas and beside Evidently: see docs/benchmarks.md.

    make bench                       or: python benchmarks/gating.py [--rounds N] [--rows N ...]

Whole processes on one Parquet file: eight metrics of all rows and of five regions. Ours also verifies the digest of the
file, checks every key and value, and judges. It judges no ratio: a target that is missed is printed as missed.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import tools
from measuring import Case, interleaved
from table import Line, less, table

PEERS = Path(__file__).parent / "peers"
METRICS = ("accuracy", "precision", "recall", "f1", "roc_auc", "average_precision", "log_loss", "brier")
PROJECT = "apiVersion: mlops-gitops/v1\nkind: Project\nbranch: main\nroles: {}\nenvironments: {staging: {}}\n"
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  holdout: {{path: data/holdout.parquet, key: id, label: label, prediction: prediction, score: score, slices: [region]}}
kpis:
"""
KPI = (
    "  - {{id: {id}, metric: {metric}, data: holdout, gate: {{{bound}, slices: {{by: [region], min_samples: 100}}}}}}\n"
)
ROWS = """
import duckdb
duckdb.execute("SELECT setseed(0.42)")
duckdb.execute('''COPY (
  SELECT id, CAST(positive AS INTEGER) AS label, score, CAST(score >= 0.5 AS INTEGER) AS prediction,
    ['north', 'south', 'east', 'west', 'islands'][1 + CAST(floor(random() * 5) AS INTEGER)] AS region
  FROM (SELECT id, positive, least(1, greatest(0, 0.35 + 0.3 * CAST(positive AS INTEGER)
      + 0.2 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()))) AS score
    FROM (SELECT range AS id, random() < 0.3 AS positive FROM range({rows})))
) TO 'data/holdout.parquet' (FORMAT parquet)''')
"""


def _repository(top: Path, rows: int, python: str) -> Path:
    """A repository with a model's KPIs, and that many predictions as DVC tracks them."""
    root = top / str(rows)
    for folder in ("data", "models/churn"):
        (root / folder).mkdir(parents=True)
    bounds = {"log_loss": "at_most: 2", "brier": "at_most: 0.9"}
    lines = (
        KPI.format(id=its.replace("_", "-"), metric=its, bound=bounds.get(its, "at_least: 0.1")) for its in METRICS
    )
    (root / "mlops.yaml").write_text(PROJECT)
    (root / "models/churn/kpis.yaml").write_text(KPIS.format() + "".join(lines))
    done = [[python, "-c", ROWS.format(rows=rows)], ["git", "init", "-q", "-b", "main"]]
    done += [[python, "-m", "dvc", "init", "-q"], [python, "-m", "dvc", "add", "-q", "data/holdout.parquet"]]
    for words in (*done, ["git", "add", "."]):
        subprocess.run(words, cwd=root, check=True)
    return root


def _lines(root: Path, rows: int, its: tools.GateTools, rounds: int) -> tuple[list[Line], Case]:
    ours = Case([*its.ours, "gate", "churn"], root, env={"MLOPS_GITOPS_NO_CACHE": "1"})
    theirs = Case([its.python, str(PEERS / "sklearn_pandas.py"), "data/holdout.parquet"], root)
    cases = [ours, theirs]
    if rows == 1_000_000:
        cases.append(Case([its.python, str(PEERS / "evidently_report.py"), "data/holdout.parquet"], root))
    interleaved(cases, rounds)
    name, most = f"{rows:,} rows", 1 / 10 if rows <= 1_000_000 else 1 / 4
    target = f"{1 / most:.0f}× less" if rows != 1_000_000 else "none"
    lines = [less(f"{name}: scikit-learn + pandas", ours, theirs, most, target, times_less=True)]
    if len(cases) == 3:
        evidently = f"{name}: Evidently's classification report"
        lines.append(less(evidently, ours, cases[2], 1 / 10, "10× less", times_less=True))
    memory = ours.peak / theirs.peak
    sizes = [f"{case.peak / 1e6:.0f} MB" for case in (ours, theirs)]
    wanted = "at most 0.5×" if rows >= 10_000_000 else "none"
    lines.append(Line(f"{name}: peak memory", *sizes, f"{memory:.2f}×", "", wanted, memory <= 0.5))
    return lines, ours


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (default: 3)")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    args = parser.parse_args()
    installed, lines, times = tools.for_gates(), [], {}
    with tempfile.TemporaryDirectory() as folder:
        for rows in args.rows:
            root = _repository(Path(folder), rows, installed.python_of_ours)
            found, times[rows] = _lines(root, rows, installed, args.rounds)
            lines += found
            sys.stderr.write(f"{rows:,} rows measured\n")
    if len(args.rows) > 1:
        few, many = args.rows[-2:]
        lines.append(
            less(f"{many:,} rows: ours on {few:,}", times[many], times[few], many / few, f"at most {many / few:g}×")
        )
    print(table(lines))
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, medians, whole processes")


if __name__ == "__main__":
    main()

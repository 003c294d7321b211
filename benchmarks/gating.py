"""Measures `mlops-gitops gate` beside scikit-learn with pandas and beside Evidently: see docs/benchmarks.md.

    make bench                       or: python benchmarks/gating.py [--rounds N] [--rows N ...] [--most 50000000]

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
MILLION = 1_000_000
NOTHING_KEPT = {"MLOPS_GITOPS_NO_CACHE": "1"}  # so that every round measures
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
    ours = Case([*its.ours, "gate", "churn"], root, env=NOTHING_KEPT)
    theirs = Case([its.python, str(PEERS / "sklearn_pandas.py"), "data/holdout.parquet"], root)
    again = Case(ours.words, root)
    evidently = Case([its.python, str(PEERS / "evidently_report.py"), "data/holdout.parquet"], root)
    interleaved([ours, theirs, again, *([evidently] if rows == MILLION else [])], rounds)
    name, times = f"{rows:,} rows", 8 if rows <= MILLION else 5
    lines = [less(f"{name}: scikit-learn + pandas", ours, theirs, 1 / times, f"{times}× less", times_less=True)]
    if rows == MILLION:
        report = f"{name}: Evidently's classification report"
        lines.append(less(report, ours, evidently, 1 / 20, "20× less", times_less=True))
    memory, most = ours.peak / theirs.peak, 1 / 3 if rows > MILLION else None
    sizes = [f"{case.peak / 1e6:.0f} MB" for case in (ours, theirs)]
    wanted = f"at most {most:.2f}×" if most else "none"
    lines.append(Line(f"{name}: peak memory", *sizes, f"{memory:.2f}×", "", wanted, memory <= (most or memory)))
    if rows > MILLION:
        lines.append(less(f"{name} again: the first time", again, ours, 1 / 4, "4× less", times_less=True))
    return lines, ours


def _alone(root: Path, rows: int, its: tools.GateTools) -> Line:
    """So many rows that no peer would end soon: ours alone, once."""
    ours = Case([*its.ours, "gate", "churn"], root, env=NOTHING_KEPT)
    ours.run()
    what, size = f"{rows:,} rows, in {ours.median:.0f} s: peak memory", f"{ours.peak / 1e6:.0f} MB"
    return Line(what, size, "", "", "", "under 2,000 MB", ours.peak < 2e9)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (default: 3)")
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, MILLION, 10 * MILLION])
    parser.add_argument("--most", type=int, metavar="N", help="ours alone on so many rows as well, for its memory")
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
            most = many / few
            lines.append(less(f"{many:,} rows: ours on {few:,}", times[many], times[few], most, f"at most {most:g}×"))
        if args.most:
            lines.append(_alone(_repository(Path(folder), args.most, installed.python_of_ours), args.most, installed))
    print(table(lines))
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, medians, whole processes")


if __name__ == "__main__":
    main()

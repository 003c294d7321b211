"""Measures `mlops-gitops monitor` beside Evidently's drift preset: see docs/benchmarks.md.

    make bench          or: python benchmarks/monitoring.py [--rounds N] [--rows N ...] [--format csv] [--alone]

Whole processes: a window of twenty columns against a reference of a million rows. Ours reads the profile that the
release in force pins; Evidently reads the reference's rows. It judges no ratio: a target that is missed is printed as
missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

import tools
from measuring import Case, interleaved
from table import Line, less, table

PEER = Path(__file__).parent / "peers/evidently_drift.py"
REFERENCE = 1_000_000  # rows
NUMBERS, WORDS = 14, 6  # columns
MOST_TIME, MOST_MEMORY, CEILING = 0.06, 1 / 5, 512 * 10**6
COLUMNS = [f"number{n}" for n in range(NUMBERS)] + [f"word{n}" for n in range(WORDS)]
PROJECT = """apiVersion: mlops-gitops/v1
kind: Project
branch: main
roles:
  data-science: [{login: alice, emails: [alice@example.org]}]
  operations: [{login: bob, emails: [bob@example.org]}]
environments: {production: {}}
policies: {unlinked_evaluation: allow}
"""
CARD = """---
license: apache-2.0
mlops:
  artifacts: [{path: model.txt}]
  owners: [{name: Alice, contact: alice@example.org, role: data-science}]
  risk: {class: minimal, rationale: It is measured and not used.}
  intended_use: Measuring.
  out_of_scope: All else.
  limitations: Rows that are drawn at random.
---

# Churn

Rows that are drawn at random.
"""
KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data:
  seen: {path: seen.parquet, key: id, label: label, score: number0}
kpis:
  - {id: roc-auc, metric: roc_auc, data: seen, gate: {at_least: 0.1}}
"""
MONITORING = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
windows: {{scored: {{path: "live/{{date}}.parquet", key: id}}}}
watch:
  - {{id: drift, data_drift: {{columns: [{columns}], effect: {{psi: 0.1}}}}}}
budget: {{false_alarms: 0.1}}
"""
ROWS = """
import duckdb
def normal(n):
    return f"round({{n}} + 10 * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()), 3) AS number{{n}}"
def waits(n):
    return f"round(-{{n}} * ln(1 - random()), 3) AS number{{n}}"
def whole(n):
    return f"CAST(floor({{10 * n}} * random()) AS INTEGER) AS number{{n}}"
kinds = [f"round(random(), 6) AS number0"] + [(normal, waits, whole)[n % 3](n) for n in range(1, {numbers})]
words = [f"'w' || CAST(floor({{5 + 7 * n}} * random() * random()) AS INTEGER) AS word{{n}}" for n in range({words})]
duckdb.execute("SET threads = 1")  # rows are the same each time
duckdb.execute("SELECT setseed({seed})")
label = "CAST(random() < 0.3 AS INTEGER) AS label, "
query = f"SELECT range AS id, {{label if {labelled} else ''}}{{', '.join(kinds + words)}} FROM range({rows})"
duckdb.execute(f"COPY ({{query}}) TO '{path}' ({options})")
"""


class Bench:
    """A repository whose release pins a profile, windows of live data, and the programs that compare the two."""

    def __init__(self, top: Path, installed: tools.GateTools) -> None:
        self.top, self.tools, self.root = top, installed, top / "repository"
        if mark := tools.once("monitoring", Path(__file__).read_text()):
            shutil.rmtree(top, ignore_errors=True)
            self.root.mkdir(parents=True)
            self._commands()
            for ending in ("parquet", "csv"):
                self._rows(f"reference.{ending}", REFERENCE, 0.1)
            mark.touch()

    def _run(self, *words: object, date: str = "") -> None:
        environment = os.environ | ({"GIT_COMMITTER_DATE": date} if date else {})
        done = subprocess.run(
            list(map(str, words)), cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(map(str, words))}\n{done.stdout}{done.stderr}")

    def _rows(self, path: str, rows: int, seed: float, *, labelled: bool = False) -> None:
        options = "FORMAT csv, HEADER" if path.endswith(".csv") else "FORMAT parquet"
        code = ROWS.format(
            rows=rows, numbers=NUMBERS, words=WORDS, seed=seed, labelled=labelled, path=path, options=options
        )
        self._run(self.tools.python_of_ours, "-c", code)

    def _commands(self) -> None:
        """What people do before there is anything to monitor."""
        ours, dvc = self.tools.ours, [self.tools.python_of_ours, "-m", "dvc"]
        self._rows("seen.parquet", REFERENCE, 0.1, labelled=True)
        files = {"mlops.yaml": PROJECT, "models/churn/README.md": CARD, "models/churn/kpis.yaml": KPIS,
                 "models/churn/monitoring.yaml": MONITORING.format(columns=", ".join(COLUMNS)),
                 ".gitignore": "live/\nreference.*\n"}  # fmt: skip
        for path, text in files.items():
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(text)
        (self.root / "model.txt").write_text("1\n")
        (self.root / "live").mkdir()
        self._run("git", "init", "-q", "--bare", "-b", "main", self.top / "origin.git")
        self._run("git", "init", "-q", "-b", "main")
        self._run("git", "remote", "add", "origin", self.top / "origin.git")
        for name, value in (("name", "Alice"), ("email", "alice@example.org")):
            self._run("git", "config", f"user.{name}", value)
        self._run(*dvc, "init", "-q")
        self._run(*dvc, "remote", "add", "-q", "-d", "storage", self.top / "storage")
        self._run(*dvc, "add", "-q", "model.txt", "seen.parquet")
        self._run(*dvc, "push", "-q")
        self._commit("A model")
        self._run(*ours, "profile", "churn")
        self._commit("Its profile")
        self._run(*ours, "release", "churn", "1.0.0", "--local")
        self._commit("Release 1.0.0")
        self._run(*ours, "promote", "churn", "--to", "production", "--release", "1.0.0")
        self._run(*ours, "check", "1")
        self._run(*ours, "pr", "merge", "1", date=f"{int(time.time()) - 30 * 86400} +0000")
        self._run("git", "pull", "-q", "origin", "main")

    def _commit(self, message: str) -> None:
        self._run("git", "add", ".")
        self._run("git", "commit", "-q", "-m", message)
        self._run("git", "push", "-q", "origin", "HEAD:main")

    def cases(self, rows: int, ending: str) -> tuple[Case, Case, Path]:
        """Ours and Evidently on a window of so many rows, and its file, which is written."""
        path = f"live/{rows}.{ending}"
        self._rows(path, rows, 0.2)
        environment = {"MLOPS_GITOPS_NO_CACHE": "1"}
        ours = Case([*self.tools.ours, "monitor", "churn", "--window", path], self.root, env=environment)
        theirs = Case([self.tools.python, str(PEER), f"reference.{ending}", path], self.root)
        return ours, theirs, self.root / path


def _of_format(bench: Bench, ending: str, args: argparse.Namespace) -> list[Line]:
    """The lines of one format of files, from the fewest rows to the most."""
    lines: list[Line] = []
    times: dict[int, Case] = {}
    kind = "CSV" if ending == "csv" else "Parquet"
    for rows in args.rows:
        ours, theirs, window = bench.cases(rows, ending)
        beside = None if args.alone or rows > REFERENCE else theirs  # which takes a minute for each million
        interleaved([ours, *([beside] if beside else [])], args.rounds)
        window.unlink()
        lines += _lines(f"{rows:,} rows of {kind}", ours, beside)
        times[rows] = ours
        sys.stderr.write(f"{rows:,} rows of {kind} measured\n")
    if len(times) > 1:
        few, many = args.rows[-2:]
        name, most = f"{many:,} rows of {kind}: ours on {few:,}", many / few
        lines.append(less(name, times[many], times[few], most, f"at most {most:g}×"))
    return lines


def _lines(name: str, ours: Case, theirs: Case | None) -> list[Line]:
    peak = f"{ours.peak / 1e6:.0f} MB"
    if theirs is None:
        return [Line(f"{name}: peak memory", peak, "", "", "", "under 512 MB", ours.peak < CEILING)]
    share, other = ours.peak / theirs.peak, f"{theirs.peak / 1e6:.0f} MB"
    return [
        less(f"{name}: Evidently's drift preset", ours, theirs, MOST_TIME, f"at most {MOST_TIME}×"),
        Line(f"{name}: peak memory", peak, other, f"{share:.2f}×", "", "at most 0.2×", share <= MOST_MEMORY),
    ]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each program runs (default: 3)")
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000, 10_000_000])
    parser.add_argument("--format", choices=("parquet", "csv"), nargs="+", default=["parquet", "csv"], dest="formats")
    parser.add_argument("--alone", action="store_true", help="only ours")
    args = parser.parse_args()
    bench = Bench(tools.CACHE / "monitoring", tools.for_gates())
    print(table([line for ending in args.formats for line in _of_format(bench, ending, args)]))
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, medians, whole processes")
    print(f"load of {os.cpu_count()} cores at the end, over 1, 5 and 15 minutes: {load}")


if __name__ == "__main__":
    main()

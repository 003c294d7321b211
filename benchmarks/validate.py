"""Measures `mlops-gitops validate` beside its peers and prints ratios against our targets: see docs/benchmarks.md.

    make bench                       or: python benchmarks/validate.py [--rounds N]

It judges nothing: a target that is missed is printed as missed, and the exit code is 0 all the same.
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import tempfile
from pathlib import Path

import repository
import tools
from measuring import Case, interleaved
from table import Line, less, table

ONE = "releases/model-0000/1.7.0.yaml"
MANY = 1_000
SCHEMA = Path(__file__).parent.parent / "schemas/release.json"
HOOKS = """repos:
  - repo: local
    hooks:
      - {{id: it, name: it, language: system, files: ^releases/, entry: '{}'}}
"""


class Bench:
    """The repositories and the programs."""

    def __init__(self, top: Path, rounds: int) -> None:
        self.top, self.rounds, self.tools = top, rounds, tools.install()
        for name, count, invalid in (("valid", MANY, 0), ("invalid", MANY, 100), ("ten", 10 * MANY, 0)):
            repository.write(top / name, count, invalid=invalid)
        self.here = top / "valid"

    def ours(self, *args: str, repo: str = "valid", code: int = 0) -> Case:
        """Our own program."""
        return Case([*self.tools.ours, *args], self.top / repo, code)

    def many(self) -> list[Line]:
        """A thousand manifests, nothing known before."""
        files = sorted(str(path.relative_to(self.here)) for path in self.here.glob("releases/*/*.yaml"))
        ours = self.ours()
        check = Case([*self.tools.check_jsonschema, "--schemafile", str(SCHEMA), *files], self.here)
        ajv = [*self.tools.ajv, "validate", "--spec=draft2020", "--strict=false", "--validate-formats=false"]
        ajv_case = Case([*ajv, "-s", str(SCHEMA), "-d", "releases/**/*.yaml"], self.here)
        native = Case([*self.tools.jsonschema, "validate", str(SCHEMA), "releases", "--extension", ".yaml"], self.here)
        interleaved([ours, check, ajv_case, native], self.rounds)
        name = f"{MANY:,} manifests, cold"
        return [
            less(f"{name}: check-jsonschema", ours, check, 1 / 20, "20× less", times_less=True),
            less(f"{name}: ajv-cli", ours, ajv_case, 1 / 1.2, "1.2× less", times_less=True),
            less(f"{name}: jsonschema (C++)", ours, native, 3.2, "at most 3.2×"),
        ]

    def one(self) -> list[Line]:
        """One changed file, alone and under prek."""
        ours = self.ours(ONE)
        check = Case([*self.tools.check_jsonschema, "--schemafile", str(SCHEMA), ONE], self.here)
        hooked = [self._hooked("ours", self.tools.ours), self._hooked("check", check.words[:-1])]
        interleaved([ours, check, *hooked], 3 * self.rounds)
        return [
            less("one changed file: check-jsonschema", ours, check, 0.27, "at most 0.27×"),
            less("one changed file under prek: prek + check-jsonschema", *hooked, 0.35, "at most 0.35×"),
        ]

    def _hooked(self, name: str, entry: list[str]) -> Case:
        root = self.top / f"hooked-{name}"
        repository.write(root, 50)
        (root / ".git").rmdir()
        (root / ".pre-commit-config.yaml").write_text(HOOKS.format(" ".join(entry)))
        for words in (["init", "-q"], ["add", "."]):
            subprocess.run(["git", *words], cwd=root, check=True)
        env = {"PREK_HOME": str(self.top / "prek")}
        return Case([*self.tools.prek, "run", "--files", ONE], root, env=env)

    def start(self) -> list[Line]:
        """A start that reads nothing."""
        empty = Case([*self.tools.python, "-I", "-c", "pass"], self.here)
        help = Case([*self.tools.ours[:-1], "--help"], self.here)
        interleaved([help, empty], 4 * self.rounds)
        return [less("--help: python -I -c pass", help, empty, 4, "at most 4×")]

    def invalid(self) -> list[Line]:
        """One file in a hundred invalid."""
        bad, good = self.ours(repo="invalid", code=1), self.ours()
        interleaved([bad, good], 2 * self.rounds)
        return [less("1 % of the files invalid: all valid", bad, good, 1.3, "at most 1.3×")]

    def growth(self) -> list[Line]:
        """Ten times as many files."""
        ten, one = self.ours(repo="ten"), self.ours()
        interleaved([ten, one], self.rounds)
        time = less(f"{10 * MANY:,} manifests: {MANY:,}", ten, one, 10, "at most 10×")
        memory = ten.peak / 1e6
        return [
            time,
            Line(f"memory at {10 * MANY:,} manifests", f"{memory:.0f} MB", "", "", "", "under 60 MB", memory < 60),
        ]


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="how often each program runs at least (default: 5)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), rounds)
        parts = (bench.many, bench.one, bench.start, bench.invalid, bench.growth)
        print(table([line for part in parts for line in part()]))
    print(f"\nPython {platform.python_version()}, {platform.system()} {platform.machine()}, medians, whole processes")


if __name__ == "__main__":
    main()

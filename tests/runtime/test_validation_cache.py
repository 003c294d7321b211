"""Kept answers: the same bytes with them and without, whatever happens to the files, the tool or the cache."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from unittest import mock

import pytest
import sample

from mlops_gitops.__main__ import main as console_script
from mlops_gitops.cli import main as cli

PACKAGE = Path(__file__).parent.parent.parent / "mlops_gitops"
CARD, KPIS = "models/churn/README.md", "models/churn/kpis.yaml"


@dataclass
class Said:
    """What a run said, and whether it only repeated what was kept."""

    code: int
    out: bytes
    err: bytes
    repeated: bool


@dataclass
class Desk:
    """A repository and somebody's home. `processes` are started where it says so, or for another package."""

    root: Path
    home: Path
    package: Path = PACKAGE
    processes: bool = False

    def ask(self, *args: str, cwd: Path | None = None, **env: str) -> Said:
        """Runs validate as the console script does, in a process of its own or in this one."""
        if self.processes or self.package != PACKAGE:
            return self.started(*args, cwd=cwd, **env)
        with (
            mock.patch.object(sys, "argv", ["mlops-gitops", "validate", *args]),
            mock.patch.object(cli, "main", wraps=cli.main) as answered_anew,
        ):
            answer = self._here(console_script, cwd or self.root, env)
        return Said(*answer, repeated=not answered_anew.called)

    def started(self, *args: str, cwd: Path | None = None, **env: str) -> Said:
        """Runs a process of it."""
        script = "import sys\nfrom mlops_gitops.__main__ import main\nsys.exit(main())\n"
        done = subprocess.run(
            [sys.executable, "-X", "importtime", "-c", script, "validate", *args],
            cwd=cwd or self.root, env=self._environment(env), capture_output=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        lines = done.stderr.splitlines(keepends=True)
        imported = [line for line in lines if line.startswith(b"import time:")]
        said = b"".join(line for line in lines if not line.startswith(b"import time:"))
        return Said(done.returncode, done.stdout, said, not any(b"mlops_gitops.cli.main" in line for line in imported))

    def fresh(self, *args: str, **env: str) -> tuple[int, bytes, bytes]:
        """Exit code and outputs of validate where nothing kept is looked at."""
        return self._here(lambda: cli.main(["validate", *args]), self.root, env)

    def same(self, *args: str, repeated: bool, **env: str) -> Said:
        """Asks, and holds the answer to a fresh one."""
        said = self.ask(*args, **env)
        assert (said.code, said.out, said.err) == self.fresh(*args, **env)
        assert said.repeated is repeated
        return said

    def _here(self, run: Callable[[], int], cwd: Path, env: dict[str, str]) -> tuple[int, bytes, bytes]:
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in range(2))
        with (
            mock.patch.dict(os.environ, self._environment(env), clear=True), contextlib.chdir(cwd),
            contextlib.redirect_stdout(out), contextlib.redirect_stderr(err),
        ):  # fmt: skip
            try:
                code = run()
            except SystemExit as end:  # --help
                code = cast(int, end.code)
        return code, *(_written(stream) for stream in (out, err))

    def _environment(self, env: dict[str, str]) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.package.parent), "HOME": str(self.home)} | env

    @property
    def cache(self) -> Path:
        """Where the answers are."""
        return self.home / ".cache/mlops-gitops"

    @property
    def key(self) -> Path:
        """Where the secret is."""
        return self.home / ".local/state/mlops-gitops/key"

    def kept(self) -> list[Path]:
        """The kept answers."""
        return sorted(self.cache.iterdir()) if self.cache.is_dir() else []


def _written(stream: io.TextIOWrapper) -> bytes:
    stream.flush()
    return cast(io.BytesIO, stream.buffer).getvalue()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    for path, data in sample.files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (tmp_path / "home").mkdir()
    return Desk(root, tmp_path / "home")


@pytest.mark.parametrize("output", ["text", "json", "github"])
def test_a_question_asked_twice_is_answered_from_what_was_kept(desk: Desk, output: str) -> None:
    (desk.root / CARD).write_text("no card\n")
    desk.processes = True
    first = desk.same("--format", output, repeated=False)
    assert first.code == 1 and b"front matter" in first.out
    desk.same("--format", output, repeated=True)


def _edit(root: Path) -> None:
    before = (root / KPIS).stat()
    (root / KPIS).write_text((root / KPIS).read_text().replace("metric: roc_auc", "metric: roc_auk"))
    os.utime(root / KPIS, ns=(before.st_atime_ns, before.st_mtime_ns))


def _link(root: Path) -> None:
    (root / KPIS).rename(root / "kpis.yaml")
    (root / KPIS).symlink_to("../../kpis.yaml")


def _link_a_folder(root: Path) -> None:
    (root / "releases/churn").rename(root / "elsewhere")
    (root / "releases/churn").symlink_to("../elsewhere")


def _odd_name(root: Path) -> None:
    (root / "releases/churn" / os.fsdecode(b"\xff\n.yaml")).write_text("kind: Release\n")


CHANGES: dict[str, tuple[Callable[[Path], object], int]] = {
    "edited, with size and time as before": (_edit, 1),
    "added": (lambda root: (root / "decisions/2026-02-01-next.yaml").write_text("kind: Decision\n"), 1),
    "added where nothing belongs": (lambda root: (root / "decisions/next.txt").write_text("next\n"), 1),
    "added in a hidden folder": (lambda root: shutil.copytree(root / "releases/churn", root / "releases/.churn"), 1),
    "added under an odd name": (_odd_name, 1),
    "removed": (lambda root: (root / CARD).unlink(), 1),
    "the project removed": (lambda root: (root / "mlops.yaml").unlink(), 1),
    "made a link": (_link, 1),
    "its folder made a link": (_link_a_folder, 1),
    "made a folder": (lambda root: ((root / "mlops.yaml").unlink(), (root / "mlops.yaml").mkdir()), 1),
    "made a pipe": (lambda root: ((root / KPIS).unlink(), os.mkfifo(root / KPIS)), 1),
    "grown too large": (lambda root: os.truncate(root / KPIS, 5_000_000), 1),
    "another repository inside": (lambda root: (root / "models/.git").mkdir(), 1),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_gets_a_new_answer(desk: Desk, change: str) -> None:
    make, code = CHANGES[change]
    paths = () if change != "another repository inside" else ("--repo", "models/churn")
    assert desk.same(*paths, repeated=False).code == 0
    make(desk.root)
    assert desk.same(*paths, repeated=False).code == code
    desk.same(*paths, repeated=True)


def test_a_file_nobody_may_read(desk: Desk) -> None:
    desk.same(repeated=False)
    (desk.root / KPIS).chmod(0)
    said = desk.ask()
    assert (said.code, said.out, said.err) == desk.fresh()
    assert (b"Permission denied" in said.out) is (os.geteuid() != 0)  # the superuser may read everything


def test_what_no_answer_rests_on_may_change(desk: Desk) -> None:
    (desk.root / "src").mkdir()
    (desk.root / "src/notes.py").write_text("pass\n")
    desk.same(repeated=False)
    (desk.root / "src/notes.py").write_text("a file that no stage reads\n")
    os.utime(desk.root / KPIS)
    desk.same(repeated=True)


def test_arguments_and_the_working_folder_are_part_of_the_question(desk: Desk) -> None:
    for args in ((), (KPIS,), ("--today", "2026-01-10"), ("--format", "json"), ("--repo", str(desk.root))):
        desk.same(*args, repeated=False)
    inside = desk.root / "models"
    assert not desk.ask(cwd=inside).repeated and desk.ask(cwd=inside).repeated
    assert not desk.ask("churn/kpis.yaml", cwd=inside).repeated


def test_a_path_that_could_be_read_from_here_or_from_the_root(desk: Desk) -> None:
    here = desk.root / "models"
    assert desk.ask(KPIS, cwd=here).code == 0
    (here / KPIS).parent.mkdir(parents=True)
    (here / KPIS).write_text("kind: KPIs\n")
    said = desk.ask(KPIS, cwd=here)
    assert (said.code, said.repeated, b"models/models/churn/kpis.yaml" in said.out) == (1, False, True)


def test_another_day_is_another_question(desk: Desk) -> None:
    desk.same(repeated=False)
    desk.same(repeated=True)
    tomorrow = time.time() + 86_400
    with mock.patch.object(time, "time", return_value=tomorrow):
        desk.same(repeated=False)


@pytest.mark.parametrize(
    "change",
    ["a rule edited", "a rule added", "a schema edited", "a schema of a checkout edited", "a dependency touched"],
)
def test_another_tool_answers_anew(desk: Desk, tmp_path: Path, change: str) -> None:
    desk.package = tmp_path / "installed/mlops_gitops"
    shutil.copytree(PACKAGE, desk.package)  # with what is compiled
    schemas = (desk.package.parent if "checkout" in change else desk.package) / "schemas"
    shutil.copytree(PACKAGE.parent / "schemas", schemas)
    rule, schema = desk.package / "policy/rules/known_role.py", schemas / "kpis.json"
    (desk.package.parent / "graphlib.py").write_text("from _graphlib import *\n")
    shutil.copy(Path(os.__file__).parent / "graphlib.py", desk.package.parent / "_graphlib.py")
    desk.same(repeated=False)
    if desk.ask().repeated is False:  # the first run wrote __pycache__ beside the copied module
        desk.same(repeated=True)
    if change == "a rule edited":
        rule.write_text(rule.read_text() + "\n")
    elif change == "a rule added":
        shutil.copy(rule, rule.with_name("known_roles.py"))
    elif change.startswith("a schema"):
        schema.write_text(schema.read_text() + "\n")
    else:
        (desk.package.parent / "_graphlib.py").write_text(
            (desk.package.parent / "_graphlib.py").read_text() + "# edited\n"
        )
    desk.same(repeated=False)


def _flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


DAMAGE: dict[str, Callable[[Desk], object]] = {
    "cut short": lambda desk: os.truncate(desk.kept()[0], 500),
    "emptied": lambda desk: os.truncate(desk.kept()[0], 0),
    "its seal changed": lambda desk: _flip(desk.kept()[0], 0),
    "its tool changed": lambda desk: _flip(desk.kept()[0], 40),
    "its text changed": lambda desk: _flip(desk.kept()[0], -3),
    "made larger": lambda desk: desk.kept()[0].write_bytes(desk.kept()[0].read_bytes() + b"0"),
    "made a folder": lambda desk: ((name := desk.kept()[0]).unlink(), name.mkdir()),
    "made a pipe": lambda desk: ((name := desk.kept()[0]).unlink(), os.mkfifo(name)),
    "made a link": lambda desk: (
        desk.kept()[0].rename(desk.home / "away"), (desk.cache / "x").symlink_to(desk.home / "away"),
    ),
    "deleted": lambda desk: shutil.rmtree(desk.cache),
    "its secret deleted": lambda desk: desk.key.unlink(),
    "its secret shown to all": lambda desk: desk.key.chmod(0o644),
    "its secret cut short": lambda desk: os.truncate(desk.key, 3),
    "sealed with another secret": lambda desk: desk.key.write_bytes(os.urandom(32)),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_changes_no_answer(desk: Desk, damage: str) -> None:
    desk.same(repeated=False)
    DAMAGE[damage](desk)
    assert desk.same(repeated=False).code == 0


def test_an_answer_under_the_name_of_another_is_none(desk: Desk) -> None:
    (desk.root / CARD).write_text("no card\n")
    assert desk.same(KPIS, repeated=False).code == 0
    (good,) = desk.kept()
    assert desk.same(CARD, repeated=False).code == 1
    (bad,) = set(desk.kept()) - {good}
    shutil.copy(good, bad)
    assert desk.same(CARD, repeated=False).code == 1


def test_what_another_user_kept_is_none(desk: Desk, tmp_path: Path) -> None:
    desk.same(repeated=False)
    other = Desk(desk.root, tmp_path / "other")
    shutil.copytree(desk.cache, other.cache)
    other.same(repeated=False)


def test_without_a_place_to_keep_answers(desk: Desk) -> None:
    for env in ({"HOME": ""}, {"HOME": "relative"}, {"HOME": "/dev/null"}, {"XDG_CACHE_HOME": "/proc/nothing"}):
        for _ in range(2):
            assert desk.same(repeated=False, **env).err == b""
    assert desk.kept() == []


def test_a_cache_that_cannot_be_written(desk: Desk) -> None:
    desk.cache.parent.mkdir()
    desk.cache.write_text("a file where the folder should be\n")
    for _ in range(2):
        assert desk.same(repeated=False).err == b""
    desk.cache.unlink()
    desk.same(repeated=False)
    desk.cache.chmod(0o500)
    desk.same(repeated=True)


def test_nothing_is_kept_inside_the_repository(desk: Desk) -> None:
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "HOME"):
        for _ in range(2):
            desk.same(repeated=False, **{name: str(desk.root / "own")})
    assert not (desk.root / "own").exists()


def test_a_wrong_call_a_base_and_a_fix_are_not_kept(desk: Desk) -> None:
    for args in (("--fix",), ("--base", "nowhere"), ("nowhere.yaml",), ("--format", "xml"), ("--help",)):
        for _ in range(2):
            desk.same(*args, repeated=False)
    assert desk.kept() == []


def test_answers_and_their_secret_are_for_one_user_and_bounded(desk: Desk) -> None:
    desk.same(repeated=False)
    (answer,) = desk.kept()
    assert [path.stat().st_mode & 0o777 for path in (answer, desk.key, desk.cache)] == [0o600, 0o600, 0o700]
    for number in range(300):
        (desk.cache / f"old-{number}").write_bytes(b"x")
        os.utime(desk.cache / f"old-{number}", (number, number))
    desk.same(KPIS, repeated=False)
    names = {path.name for path in desk.kept()}
    assert len(names) == 256 and answer.name in names and "old-0" not in names and "old-299" in names

"""A real repository: git with a bare origin, a DVC pipeline that was run, data pushed to a DVC remote."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import warm_programs
from acting import Job
from buckets import KEYS, S3, served
from house import CARD, DATES, KPIS, PIPELINE, PROJECT, SCRIPT, Repository
from outcomes import Outcomes, copy, made_once

TOP = Path(__file__).parent.parent
# A repository need not last. It has few files and folders, since each test copies and removes them.
QUICK = {"core.fsync": "none", "gc.auto": "0", "maintenance.auto": "false", "receive.autogc": "false",
         "transfer.unpackLimit": "1"}  # fmt: skip
MEMORY, ENOUGH = Path("/dev/shm"), 6 * 2**30  # bytes
# A test of these takes many seconds.
LONG = ("test_demo.py", "test_tutorial.py", "test_interrupted.py", "test_retrain.py")
OUTSIDE = "mark.outside"  # in the text of each file that holds a test with this mark
ENVIRONMENT = {"DVC_NO_ANALYTICS": "1", "CI": "1", "GIT_CONFIG_NOSYSTEM": "1"}


def pytest_configure() -> None:
    """Puts the tests' folders in memory, where there is enough: their files are many and small, and soon removed."""
    if MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """`-m outside` imports the files that hold such tests alone: importing all takes longer than some of the tests."""
    if config.option.markexpr != "outside" or not collection_path.name.startswith("test_"):
        return None
    return True if collection_path.is_file() and OUTSIDE not in collection_path.read_text() else None


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: while a test waits, for a server or for a moment to pass, another one runs."""
    return len(os.sched_getaffinity(0)) + 1 if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1) + 1


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Each worker begins to collect elsewhere: then each file of a fresh clone is compiled by one of them alone."""
    report = yield
    if isinstance(collector, pytest.Directory) and "PYTEST_XDIST_WORKER" in os.environ:
        number, count = int(os.environ["PYTEST_XDIST_WORKER"][2:]), int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        first = len(report.result) * number // count
        report.result[:] = report.result[first:] + report.result[:first]
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The same order in every worker, the longest first: at the end of a run, a long one would run alone."""
    items.sort(key=lambda item: (item.path.name not in LONG, item.path))
    for path in {item.path for item in items if item.get_closest_marker("outside")}:
        assert OUTSIDE in path.read_text(), f"{path} is not collected by -m outside: write the mark out in it"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Garbage is looked for seldom, and not in what is imported and collected, which stays until the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        gc.enable()


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the machine's git and DVC settings nor the width of its terminal reach a test."""
    monkeypatch.delenv("COLUMNS", raising=False)
    os.unsetenv("COLUMNS")  # readline, which pytest imports, sets it behind os.environ, and processes inherit it
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_", "GH_"))]:
        monkeypatch.delenv(name)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of one test run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def published(shared: Path) -> Path:
    """This project as its users get it: a clone of the working files, committed; made once a test run."""
    return made_once(shared / "published", _publish) / "mlops-gitops"


def _publish(top: Path) -> None:
    clone = top / "mlops-gitops"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=TOP,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (TOP / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            (clone / name).write_bytes((TOP / name).read_bytes())
    for words in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=x", "-c", "user.email=x@x.org", "commit", "-q", "-m", "x"],
    ):
        subprocess.run(["git", *words], cwd=clone, check=True)


@pytest.fixture
def job(published: Path, shared: Path, tmp_path: Path) -> Job:
    """A job that uses the action; what it installs is installed once a test run, into a folder with a space."""
    env = {"UV_CACHE_DIR": str(shared / "uv cache")}
    own = Job(published, tmp_path / "runner temp", shared / "installing.lock", env, shared / "runner temp")
    own.temporary.mkdir()
    return own


@pytest.fixture(scope="session")
def prepared(shared: Path) -> Path:
    """The repository with its pipeline run, committed and pushed: made once a test run, copied by each test."""
    return made_once(shared / "prepared", prepare_repository)


def prepare_repository(top: Path) -> None:
    """A repository with its pipeline run, its data in a DVC remote, and all of it in a bare origin."""
    root = top / "repository"
    root.mkdir(parents=True)
    environment = (
        os.environ
        | ENVIRONMENT
        | DATES
        | {"HOME": str(top), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    )

    def run(*words: str) -> None:
        if words[0] == "dvc":
            done = warm_programs.run("dvc", words[1:], root, environment)
        else:
            done = subprocess.run(words, cwd=root, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    run("git", "init", "-q", "--template=", "--bare", "-b", "main", str(top / "origin.git"))
    run("git", "init", "-q", "--template=", "-b", "main")
    (root / ".git/hooks").mkdir()
    for name, value in (("user.name", "Alice"), ("user.email", "alice@example.org"), *QUICK.items()):
        run("git", "config", name, value)
    for name, value in QUICK.items():
        run("git", "--git-dir", "../origin.git", "config", name, value)
    run("git", "remote", "add", "origin", "../origin.git")
    run("dvc", "init", "-q")
    run("dvc", "remote", "add", "-q", "-d", "storage", "../storage")
    texts = {"mlops.yaml": PROJECT, "models/churn/README.md": CARD, "models/churn/kpis.yaml": KPIS,
             "dvc.yaml": PIPELINE, "pipeline.py": SCRIPT, "params.yaml": "hits: 45\n"}  # fmt: skip
    for path, text in texts.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    run("dvc", "repro", "-q")
    run("dvc", "push", "-q")
    run("git", "add", ".")
    run("git", "commit", "-q", "-m", "Begin")
    run("git", "push", "-q", "-u", "origin", "main")
    run("git", "remote", "set-head", "origin", "main")  # as a clone has it
    for repository in (root, top / "origin.git"):
        run("git", "-C", str(repository), "repack", "-adq")


@pytest.fixture
def repository(prepared: Path, shared: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Repository:
    """A fresh copy of the prepared repository, with its origin and its data beside it."""
    kept, top = shared / "outcomes", tmp_path / "work"
    kept.mkdir(exist_ok=True)
    copy(prepared, top)
    return Repository(top / "repository", capsys, outcomes=Outcomes(kept, top))


@pytest.fixture(scope="session")
def _buckets() -> Iterator[S3]:
    with served() as s3:
        yield s3


@pytest.fixture
def s3(_buckets: S3, monkeypatch: pytest.MonkeyPatch) -> S3:
    """A real S3 with the buckets `plain` and `versioned`, and the keys to it; each process of a test run has one."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    return _buckets

"""mlops_gitops.released: what a service calls to load the model that its environment runs."""

from __future__ import annotations

import subprocess
import sys
import traceback
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from house import Repository

import mlops_gitops


def _running(repository: Repository) -> None:
    repository.release()
    repository.promote("staging")
    repository.pull()


def test_it_fetches_what_the_environment_runs_and_says_which_it_is(repository: Repository) -> None:
    _running(repository)
    found = mlops_gitops.released("churn", env="staging", repo=repository.root)
    assert (found.model, found.environment, found.version, found.approved) == ("churn", "staging", "1.0.0", True)
    (path,) = found.files
    assert (
        path == "models/churn/model.skops" and found.files[path].read_bytes() == (repository.root / path).read_bytes()
    )
    assert found.digests[path].startswith("md5:") and found.record.startswith("sha256:")
    assert repository.sh("git", "status", "--porcelain") == "", "its folder is Git's own, and nobody's file"
    assert mlops_gitops.released("churn", env="staging", repo=repository.root).path == found.path


def test_it_puts_them_in_a_folder_of_ones_own_and_workers_share_it(repository: Repository, tmp_path: Path) -> None:
    _running(repository)
    into = tmp_path / "served"
    with ThreadPool(2) as pool:
        found = pool.map(
            lambda _: mlops_gitops.released("churn", env="staging", repo=repository.root, into=into), [0, 1]
        )
    assert found[0] == found[1] and into.is_symlink() and into.resolve() == found[0].path


def test_update_brings_the_clone_to_what_was_merged(repository: Repository) -> None:
    repository.release()
    behind = repository.root.parent / "behind"
    repository.sh("git", "clone", "-q", str(repository.root.parent / "origin.git"), str(behind))
    for setting in ("user.name Svc", "user.email svc@example.org"):
        repository.sh("git", "-C", str(behind), "config", *setting.split())
    repository.promote("staging")
    with pytest.raises(mlops_gitops.Error, match="staging runs nothing of churn"):
        mlops_gitops.released("churn", env="staging", repo=behind)
    assert mlops_gitops.released("churn", env="staging", repo=behind, update=True).version == "1.0.0"


def test_what_does_not_run_or_is_misspelt_is_an_error_with_help(repository: Repository) -> None:
    repository.release()
    with pytest.raises(mlops_gitops.Error, match="production runs nothing of churn"):
        mlops_gitops.released("churn", env="production", repo=repository.root)
    with pytest.raises(mlops_gitops.Error) as stopped:
        mlops_gitops.released("chrn", env="production", repo=repository.root)
    assert stopped.value.help == "did you mean 'churn'?" and stopped.value.exit_code == 2
    assert traceback.format_exception(stopped.value)[-1] == "help: did you mean 'churn'?\n"


def test_importing_the_package_loads_nothing_of_it() -> None:
    probe = "before = set(sys.modules)\nimport mlops_gitops\nprint(sorted(set(sys.modules) - before))"
    words = [sys.executable, "-S", "-I", "-c", f"import sys\nsys.path[:] = {sys.path!r}\n{probe}"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['mlops_gitops']"
    with pytest.raises(AttributeError, match="no attribute 'relased'"):
        mlops_gitops.relased  # type: ignore[attr-defined]  # noqa: B018


def test_the_stub_says_what_the_package_has() -> None:
    stub = Path(mlops_gitops.__file__).with_suffix(".pyi").read_text()
    assert (Path(mlops_gitops.__file__).parent / "py.typed").exists()
    for name in mlops_gitops.__all__:
        assert f" {name} as {name}\n" in stub and getattr(mlops_gitops, name)

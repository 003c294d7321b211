"""A model run again in a sandbox: it gives the answers that an explanation depends on, or shows a forgery."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from explained import BIAS, ONNX, WEIGHTS, Explained, edited

from mlops_gitops.compliance.explanations.level import NotReached
from mlops_gitops.compliance.explanations.rerun import rerun
from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.engines.duckdb import ENGINE
from mlops_gitops.metrics.aggregates import Array
from mlops_gitops.runtime.programs import rerun as sandbox

Score = Callable[[Array], Array]


def model(rows: Array) -> Array:
    found: Array = 1 / (1 + np.exp(-(rows @ np.array(WEIGHTS) + BIAS)))
    return found


def run(explained: Explained, score: Score) -> int:
    permutation = explained.permutation(explained.stated)
    return rerun(ENGINE, permutation, explained.sources(permutation), score)


def test_the_model_gives_every_answer_again(honest: Explained) -> None:
    assert run(honest, model) == 300 * 3 * 5


def test_forged_answers_are_found_whatever_they_look_like(honest: Explained, tmp_path: Path) -> None:
    for number, change in enumerate((
        "SELECT * REPLACE (if(feature = 'visits' AND id < from_id, 1 - p, p) AS p) FROM rows",
        "SELECT * REPLACE (if(feature = 'age' AND repeat = 2 AND id = '0007', 1 - p, p) AS p) FROM rows",
    )):  # fmt: skip
        with pytest.raises(
            NotReached, match=r"the model gives another answer to [0-9,]+ of 4,500 permuted rows"
        ) as raised:
            run(honest.rewrite(change, tmp_path / str(number)), model)
        assert raised.value.is_refuted


def test_names_swapped_in_both_files_are_found(honest: Explained, tmp_path: Path) -> None:
    swapped = "CASE feature WHEN 'age' THEN 'tenure' WHEN 'tenure' THEN 'age' ELSE feature END"
    forged = honest.rewrite(f"SELECT * REPLACE ({swapped} AS feature) FROM rows", tmp_path / "forged")
    age, tenure, _ = honest.stated["features"]
    stated = edited(honest.stated, lambda said: said["features"][0].update(tenure | {"name": "age"}))
    stated = edited(stated, lambda said: said["features"][1].update(age | {"name": "tenure"}))
    forged.rederive(stated, tmp_path / "derived")  # finds nothing
    permutation = forged.permutation(stated)
    with pytest.raises(NotReached, match="the model gives another answer"):
        rerun(ENGINE, permutation, forged.sources(permutation), model)


# ── the sandbox ──


def test_a_job_with_a_secret_runs_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_forge")
    with pytest.raises(Undecided, match="re-run not available: this job has a secret, GITHUB_TOKEN"):
        sandbox.score(ONNX, np.zeros((1, 3)))


def test_without_a_sandbox_no_model_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in (str(tmp_path), _refusing(tmp_path)):  # no such program; one that is not allowed to
        monkeypatch.setenv("PATH", path)
        with pytest.raises(Undecided, match=r"^re-run not available: "):
            sandbox.score(ONNX, np.zeros((1, 3)))


def _refusing(folder: Path) -> str:
    program = folder / "unshare"
    program.write_text("#!/bin/sh\necho 'unshare failed: Operation not permitted'\nexit 1\n")
    program.chmod(0o755)
    return str(folder)


def _allows_sandbox() -> bool:
    try:
        return subprocess.run([*sandbox.SANDBOX, "true"], check=False, capture_output=True).returncode == 0
    except OSError:
        return False


RUNS = find_spec("onnxruntime") is not None and _allows_sandbox() and "GITHUB_TOKEN" not in os.environ
needs_sandbox = pytest.mark.skipif(not RUNS, reason="onnxruntime, or a sandbox by unshare, is not to be had here")


@needs_sandbox
def test_an_onnx_model_answers_in_the_sandbox_as_the_model_does(honest: Explained) -> None:
    assert run(honest, lambda rows: sandbox.score(ONNX, rows)) == 300 * 3 * 5


@needs_sandbox
def test_what_is_no_model_is_one_line(honest: Explained) -> None:
    with pytest.raises(Undecided, match="re-run not available: the model does not answer: ") as raised:
        sandbox.score(b"no model", np.zeros((1, 3)))
    assert "\n" not in raised.value.message


@needs_sandbox
def test_the_sandbox_has_no_network_and_none_of_the_variables_of_this_process(tmp_path: Path) -> None:
    environment = {**os.environ, "SOME_TOKEN": "s3cret"}
    script = "cat /proc/net/dev | grep -c : ; env"
    seen = subprocess.run(
        [*sandbox.SANDBOX, "sh", "-c", script], check=True, capture_output=True, text=True, env=sandbox.environment(),
    ).stdout  # fmt: skip
    assert environment["SOME_TOKEN"] not in seen and "HOME=" not in seen

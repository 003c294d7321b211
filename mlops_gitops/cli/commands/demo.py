"""Run the main job from start to end in a new repository, on real data, and show every command."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from mlops_gitops.cli.command import Command
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.reporting.report import Report
from mlops_gitops.runtime import process

MODEL = "breast-cancer"
RECORD = f"promotions/production/{MODEL}/0001.json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument("--out", metavar="DIR", help="a new folder for the repository (default: a temporary one)")


def run(args: argparse.Namespace) -> Report:
    """Tells the story; every figure comes from a file it just made."""
    _require("dvc", "duckdb", "sklearn", "skops")
    started = time.monotonic()
    folder = Path(args.out).absolute() if args.out else Path(tempfile.mkdtemp(prefix="mlops-gitops-demo-"))
    if args.out and folder.exists():
        raise Error(f"{args.out} is there already", help="name a new folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(folder / "repository")
    for chapter in (_set_up, _validate, _first_release, _worse_candidate, _better_candidate, _rollback, _audit):
        chapter(story)
    lines = (
        f"The repository lies in {story.root} ({time.monotonic() - started:.0f} s).",
        "Try next, in it:",
        f"  mlops-gitops history --in production     mlops-gitops fetch {MODEL} --in production --out /tmp/model",
        "  mlops-gitops pr list --all               git log --first-parent --oneline",
        "  mlops-gitops init                        (in a DVC repository of your own)",
    )
    data = {"version": 1, "repository": str(story.root), "commands": story.commands}
    return Report(data, lines=lines)


def _require(*packages: str) -> None:
    from importlib.util import find_spec

    lacking = [name for name in packages if find_spec(name) is None]
    if lacking:
        raise Undecided(f"the demo needs {', '.join(lacking)}", help="pip install 'mlops-gitops[gates,demo]'")


@dataclass
class Story:
    """Prints what it does; `commands` keeps what was run, so that a reader can run it again."""

    root: Path

    def __post_init__(self) -> None:
        self.commands: list[str] = []

    def say(self, text: str) -> None:
        """A paragraph."""
        print(f"\n{text}", flush=True)

    def type(self, command: str, *, exits: int = 0, show: bool = True, env: Mapping[str, str] | None = None) -> str:
        """Runs a command as a user would type it. Raises Undecided when it ends otherwise than the story needs."""
        print(f"\n$ {command}", flush=True)
        self.commands.append(command)
        done = process.run(shlex.split(command), str(self.root), env)
        if show and done.printed:
            print(done.printed, flush=True)
        if done.code != exits:
            printed = "" if show else f"\n{done.printed}"
            raise Undecided(f"`{command}` ended with {done.code}, and {exits} was expected{printed}")
        return done.printed

    def edit(self, path: str, old: str, new: str) -> None:
        """Changes a file as an editor would."""
        file = self.root / path
        text = file.read_text()
        if old not in text:
            raise Undecided(f"{path} does not hold {old!r}")
        print(f"\n(in an editor: {path}: {old} → {new})", flush=True)
        file.write_text(text.replace(old, new, 1))


def _set_up(story: Story) -> None:
    story.say(
        "── 1. A repository ──\n"
        "569 real biopsies, a DVC pipeline that splits, trains and evaluates, and three files of ours:\n"
        "mlops.yaml (environments, roles), the model card and the KPIs. Its origin is a bare repository beside it."
    )
    story.root.parent.mkdir(parents=True, exist_ok=True)
    process.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", "origin.git"], str(story.root.parent))
    with as_file(files("mlops_gitops").joinpath("demo")) as source:
        _copy(source, story.root)
    story.type("git init --quiet --initial-branch=main .")
    for setting in ("user.name Alice", "user.email alice@example.org", "core.hooksPath /dev/null"):
        process.run(["git", "config", *setting.split(" ", 1)], str(story.root))
    story.type("git remote add origin ../origin.git")
    story.type("dvc init --quiet")
    story.type("dvc remote add --quiet --default storage ../dvc-storage")
    story.type("dvc repro --quiet")
    story.type("dvc push --quiet")
    story.type("git add .")
    story.type("git commit --quiet -m 'A model, its card and its KPIs'")
    story.type("git push --quiet -u origin main")


def _copy(source: Path, target: Path) -> None:
    for file in sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    (target / "data").mkdir()


def _validate(story: Story) -> None:
    story.say("── 2. Is it sound? ──")
    story.type("mlops-gitops validate")
    story.say("A broken card, to see what a diagnostic looks like; then it is mended.")
    card = f"models/{MODEL}/README.md"
    story.edit(card, "class: high", "class: hihg")
    story.type("mlops-gitops validate", exits=1)
    story.edit(card, "class: hihg", "class: high")
    story.type("mlops-gitops validate")


def _first_release(story: Story) -> None:
    story.say("── 3. The first release, to staging and on to production ──")
    story.type(f"mlops-gitops gate {MODEL}")
    story.type(f"mlops-gitops release {MODEL} 1.0.0")
    _merge(story, 1)
    story.type(f"mlops-gitops promote {MODEL} --to staging --why 'First version'")
    story.say("Operations must approve what goes to staging. Without it, the check says what is missing.")
    story.type("mlops-gitops check 2", exits=1)
    story.type("mlops-gitops pr approve 2 --as bob@example.org")
    _merge(story, 2)
    story.say(
        "Production asks both sides, and comes after staging. Alice asked for it, so her approval would not count."
    )
    story.type(f"mlops-gitops promote {MODEL} --to production --why 'First version'")
    _approve(story, 3)
    _merge(story, 3)


def _approve(story: Story, number: int) -> None:
    story.type(f"mlops-gitops pr approve {number} --as bob@example.org")
    story.type(f"mlops-gitops pr approve {number} --as carol@example.org")


def _merge(story: Story, number: int) -> None:
    story.type(f"mlops-gitops check {number}")
    story.type(f"mlops-gitops pr merge {number}")
    story.type("git pull --quiet")
    story.type("mlops-gitops record")


def _retrain(story: Story, old: str, new: str, message: str) -> None:
    story.edit("params.yaml", old, new)
    story.type("dvc repro --quiet")
    story.type("dvc push --quiet")
    story.type(f"git commit --quiet --all -m '{message}'")
    story.type("git push --quiet")


def _worse_candidate(story: Story) -> None:
    story.say(
        "── 4. A candidate that is really worse: trained on 12 biopsies ──\n"
        "Its manifest is written into the work tree only; promote would carry it along."
    )
    _retrain(story, "rows: 284", "rows: 12", "Train on very little")
    story.type(f"mlops-gitops release {MODEL} 1.1.0 --local")
    story.type(f"mlops-gitops promote {MODEL} --to staging --release 1.1.0", exits=1)
    story.type(f"rm releases/{MODEL}/1.1.0.yaml")


def _better_candidate(story: Story) -> None:
    story.say("A third one, on all the data again and more strongly regularised, is no worse.")
    story.edit("params.yaml", "rows: 12", "rows: 284")
    _retrain(story, "regularisation: 1.0", "regularisation: 0.5", "Regularise more")
    story.type(f"mlops-gitops release {MODEL} 1.2.0 --local")
    story.type(f"mlops-gitops promote {MODEL} --to staging --release 1.2.0 --why 'Steadier'")
    story.type("mlops-gitops pr approve 4 --as bob@example.org")
    _merge(story, 4)
    story.type(f"mlops-gitops promote {MODEL} --to production --release 1.2.0 --why 'Steadier'")
    _approve(story, 5)
    _merge(story, 5)


def _rollback(story: Story) -> None:
    story.say("── 5. Back again ──")
    story.type(f"mlops-gitops rollback {MODEL} --in production --why 'The laboratory sees odd scores'")
    _approve(story, 6)
    _merge(story, 6)
    story.type("mlops-gitops history")
    story.type("mlops-gitops status")


def _audit(story: Story) -> None:
    story.type("mlops-gitops audit --data")
    story.say("In a clone, somebody makes a record look better than it was. The audit names the commit and the file.")
    story.type("git clone --quiet ../origin.git ../tampered")
    clone = Story(story.root.parent / "tampered")
    process.run(["git", "config", "user.email", "mallory@example.org"], str(clone.root))
    process.run(["git", "config", "user.name", "Mallory"], str(clone.root))
    print("\n$ cd ../tampered")
    clone.edit(RECORD, '"why": "First version"', '"why": "Approved by the board"')
    clone.type("git commit --quiet --all -m 'Tidy up'")
    clone.type("mlops-gitops audit --rev HEAD", exits=1)
    story.commands += clone.commands
    print("\n$ cd ../repository\n", file=sys.stdout)


COMMAND = Command("demo", __doc__.strip(), add_arguments, run)

"""A story in a new repository: what is said, and every command as a user would type it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Undecided
from mlops_gitops.runtime import process


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

    def save(self, command: str, path: str) -> None:
        """Runs a command whose output goes into a file."""
        print(f"\n$ {command} > {path}", flush=True)
        self.commands.append(f"{command} > {path}")
        done = process.run(shlex.split(command), str(self.root))
        if done.code:
            raise Undecided(f"`{command}` ended with {done.code}\n{done.printed}")
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{done.printed}\n")

    def write(self, path: str, text: str) -> None:
        """Writes a file as an editor would."""
        print(f"\n(in an editor: {path})\n\n{text.rstrip()}", flush=True)
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def edit(self, path: str, old: str, new: str) -> None:
        """Changes a file as an editor would."""
        file = self.root / path
        text = file.read_text()
        if old not in text:
            raise Undecided(f"{path} does not hold {old!r}")
        print(f"\n(in an editor: {path}: {old} → {new})", flush=True)
        file.write_text(text.replace(old, new, 1))

    def append(self, path: str, text: str) -> None:
        """Adds lines at the end of a file as an editor would."""
        print(f"\n(in an editor, at the end of {path}:)\n{text.rstrip()}", flush=True)
        with (self.root / path).open("a") as file:
            file.write(text)


def begin(story: Story, *folders: str) -> None:
    """Makes a repository of folders of demo/, the later over the earlier, with an origin and a DVC remote beside it."""
    story.root.parent.mkdir(parents=True, exist_ok=True)
    process.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", "origin.git"], str(story.root.parent))
    for folder in folders:
        with as_file(files("mlops_gitops").joinpath("demo", folder)) as source:
            _copy(source, story.root)
    story.type("git init --quiet --initial-branch=main .")
    for setting in ("user.name Alice", "user.email alice@example.org", "core.hooksPath /dev/null"):
        process.run(["git", "config", *setting.split(" ", 1)], str(story.root))
    story.type("git remote add origin ../origin.git")
    story.type("dvc init --quiet")
    story.type("dvc remote add --quiet --default storage ../dvc-storage")


def first_commit(story: Story, message: str, stages: str = "") -> None:
    """Runs the pipeline, or what leads to some stages, for the first time, and pushes what there is."""
    story.type(f"dvc repro --quiet {stages}".rstrip())
    story.type("dvc push --quiet")
    story.type("git add .")
    story.type(f"git commit --quiet -m '{message}'")
    story.type("git push --quiet -u origin main")


def explain(story: Story, model: str) -> None:
    """Explains a model: a stage that the tool drafts is run, and the card pins what it makes."""
    story.type(f"mlops-gitops explain init {model}")
    story.type("dvc repro --quiet")
    pinned = f"{{id: explain, type: explainability, path: {_explanation(model)}, sha256: }}"
    story.edit(f"models/{model}/README.md", "evidence:", f"evidence:\n    - {pinned}")
    story.type(f"mlops-gitops validate --fix models/{model}/README.md")


def explained_digest(story: Story, model: str) -> str:
    """The digest of the explanation, by which the card pins it."""
    return sha256((story.root / _explanation(model)).read_bytes())


def _explanation(model: str) -> str:
    return f"reports/{model}/explain.json"


def _copy(source: Path, target: Path) -> None:
    for file in sorted(path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(file.read_bytes())
    (target / "data").mkdir(exist_ok=True)


def approve(story: Story, number: int, *people: str) -> None:
    """Approves a pull request in the name of others, as the local forge lets them."""
    for person in people:
        story.type(f"mlops-gitops pr approve {number} --as {person}@example.org")


def merge(story: Story, number: int, env: Mapping[str, str] | None = None) -> None:
    """Checks, merges and records a pull request, which is one command."""
    story.type(f"mlops-gitops pr merge {number}", env=env)


@dataclass(frozen=True)
class Part:
    """One part of the demo: its chapters in their order, and what to try next."""

    chapters: Sequence[Callable[[Story], None]]
    next_steps: Sequence[str]

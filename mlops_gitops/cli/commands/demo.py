"""Run the main job from start to end in a new repository, on real data, and show every command."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from mlops_gitops.cli.command import Command
from mlops_gitops.cli.demo import governance, monitoring, release, retraining, rollout
from mlops_gitops.cli.demo.story import Story
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.reporting.report import Report

PARTS = {
    "release": release.PART, "monitoring": monitoring.PART, "retraining": retraining.PART, "rollout": rollout.PART,
    "governance": governance.PART,
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    help = "release (default): from the first release to the audit; monitoring: three weeks of a model in use;"
    help += " retraining: a model that decays is retrained, judged on live windows and proposed;"
    help += " rollout: a release goes to two clouds and fifty devices in waves, fails, and another one settles;"
    help += " governance: requirements of a pack, an attestation, and evidence that an auditor verifies offline"
    parser.add_argument("--part", choices=PARTS, default="release", help=help)
    parser.add_argument("--out", metavar="DIR", help="a new folder for the repository (default: a temporary one)")


def run(args: argparse.Namespace) -> Report:
    """Tells the story; every figure comes from a file it just made."""
    _require("dvc", "duckdb", "sklearn", "skops")
    started, part = time.monotonic(), PARTS[args.part]
    folder = Path(args.out).absolute() if args.out else Path(tempfile.mkdtemp(prefix="mlops-gitops-demo-"))
    if args.out and folder.exists():
        raise Error(f"{args.out} is there already", help="name a new folder with --out")
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(folder / "repository")
    for chapter in part.chapters:
        chapter(story)
    place = f"The repository is in {story.root} ({time.monotonic() - started:.0f} s)."
    lines = (place, "Try next, in it:", *(f"  {line}" for line in part.next_steps))
    data = {"version": 1, "repository": str(story.root), "commands": story.commands}
    return Report(data, lines=lines)


def _require(*packages: str) -> None:
    from importlib.util import find_spec

    lacking = [name for name in packages if find_spec(name) is None]
    if lacking:
        raise Undecided(f"the demo needs {', '.join(lacking)}", help="pip install 'mlops-gitops[gates,demo]'")


COMMAND = Command("demo", __doc__.strip(), add_arguments, run)

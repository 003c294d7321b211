"""Print the script by which a shell completes commands, options, models and environments."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from mlops_gitops.cli.command import Command
from mlops_gitops.cli.main import build_parser
from mlops_gitops.core import names
from mlops_gitops.core.errors import Error
from mlops_gitops.orchestration.workspace import open_workspace
from mlops_gitops.reporting.report import Report

SHELLS = ("bash", "zsh", "fish")
NAMES = ("models", "environments")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    help = "the shell; `models` and `environments` are what its script asks for, the names in the work tree"
    parser.add_argument("what", choices=(*SHELLS, *NAMES), help=help)


def run(args: argparse.Namespace) -> Report:
    """Prints a script, or names; it reads the work tree for names alone."""
    found = _names(args) if args.what in NAMES else [_script(args.what)]
    return Report({"version": 1, args.what: found}, lines=tuple(found))


def _names(args: argparse.Namespace) -> list[str]:
    """Names as a shell may expand them: nothing else is one, whatever a folder is called."""
    tree = open_workspace(args.repo).work
    if args.what == "models":
        return [name for name in tree.models() if names.is_model(name)]
    return [name for name in (tree.project.environments if tree.project else ()) if names.is_name(name)]


def _script(shell: str) -> str:
    try:
        import shtab
    except ImportError as error:
        raise Error(
            "shtab is not installed, which writes the script", help="pip install 'mlops-gitops[completion]'"
        ) from error
    parser = build_parser()
    for action in _actions(parser):
        what = {"model": "models", "environment": "environments"}.get(action.dest)
        if what and not action.choices:
            action.complete = shtab.cmd(f"mlops-gitops completion {what} 2>/dev/null")  # type: ignore[attr-defined]
    return str(shtab.complete(parser, shell=shell)).rstrip("\n")


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every argument of a parser and of those below it."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for nested in dict.fromkeys(action.choices.values()):
                yield from _actions(nested)


COMMAND = Command("completion", __doc__.strip(), add_arguments, run)

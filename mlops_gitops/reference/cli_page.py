"""docs/reference/cli.md: the commands as a page, byte for byte the same for the same commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from mlops_gitops.core import markdown
from mlops_gitops.core.plugins import names

_INTRODUCTION = """\
# The command line

`make docs` writes this page from the commands themselves. `mlops-gitops COMMAND --help` prints any one of its sections.

Every command takes:

"""
_EXIT_CODES = """
**Exit codes.** 0 passed · 1 errors were found, or a gate failed · 2 wrong usage or configuration · 3 could not decide:
data, history or the forge is out of reach, which is never taken for fine.

**Where it looks.** A command reads the repository whose folder it is run in. What is on record is read from the
remote's branch. Which forge is asked for pull requests is told by the remote's address: GitHub, or else the remote
itself, which then holds pull requests under `refs/mlops/pulls`. A reference there that holds none stops no other:
`pr list`, `status` and `check --all` name it, with the command that removes it.

**Revisions.** REV is what git takes for a commit, such as `main`, `v1.2` or `HEAD~2`. A name of two references at
different commits, such as a branch `main` and a tag `main`, is refused; write `refs/heads/main` then. Every other
branch is looked up by its full name, so no tag stands in for it.
"""
COMMON = {"repo", "format", "help"}
Nesting: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def page(parser: argparse.ArgumentParser) -> str:
    """The page, without a last newline. `parser` knows every command."""
    commands = _commands(parser)
    contents = [f"- [{name}](#{name}): {its.description}" for name, its in commands.items()]
    common = [action for action in next(iter(commands.values()))._actions if action.dest in COMMON]
    blocks = [_INTRODUCTION + "\n".join(_table(common)), _EXIT_CODES, "\n".join(contents)]
    return "\n".join([*blocks, *("\n".join(_section(name, its, "##")) for name, its in commands.items())])


def _section(name: str, its: argparse.ArgumentParser, heading: str, summary: str = "") -> Iterator[str]:
    verbs = _commands(its)
    shown = [action for action in its._actions if action.dest not in COMMON and action not in _nesting(its)]
    yield from (
        "",
        f"{heading} {name}",
        "",
        f"{summary[:1].upper()}{summary[1:]}." if summary else str(its.description),
    )
    if not verbs:
        yield from ("", "```text", " ".join(["mlops-gitops", name, *_usage(its, shown)]), "```")
    if shown:
        yield from ("", *_table(shown))
    for verb, nested in verbs.items():
        yield from _section(f"{name} {verb}", nested, "###", _help_of(its, verb))


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {name: its for action in _nesting(parser) for name, its in action.choices.items()}


def _nesting(parser: argparse.ArgumentParser) -> list[Nesting]:
    return [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


def _help_of(parser: argparse.ArgumentParser, verb: str) -> str:
    listed = (its for action in _nesting(parser) for its in action._choices_actions)
    return next((str(its.help) for its in listed if its.dest == verb), "")


def _usage(parser: argparse.ArgumentParser, shown: Iterable[argparse.Action]) -> Iterator[str]:
    """Arguments in the order of a call: alternatives in one bracket, options first."""
    exclusive = [its._group_actions for its in parser._mutually_exclusive_groups]
    groups = {id(action): its for its in exclusive for action in its}
    for action in sorted(shown, key=lambda its: not its.option_strings):
        alike = groups.get(id(action), [action])
        if action is alike[0]:
            words = " | ".join(_spelt(its) for its in alike)
            yield words if action.required and action.nargs != "*" else f"[{words}]"


def _spelt(action: argparse.Action) -> str:
    """An argument as it is typed."""
    form = (
        f"{{{','.join(names('reporting.formats'))}}}"
        if action.dest == "format"
        else action.metavar or action.dest.upper()
    )
    many = " ..." if action.nargs in ("*", "+") else ""
    if not action.option_strings:
        return f"{form}{many}"
    flag = action.option_strings[-1]
    return flag if action.nargs == 0 else f"{flag} {form}{many}"


def _table(actions: Iterable[argparse.Action]) -> Iterator[str]:
    yield from markdown.head(("argument", "what it does"))
    for action in actions:
        yield markdown.row([f"`{_spelt(action)}`".replace("|", "\\|"), (action.help or "").replace("|", "\\|")])

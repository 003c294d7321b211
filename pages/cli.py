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
remote's branch. Without a remote, `status`, `history` and `audit` answer from the branch of this clone, say so, and
exit as usual; commands that need pull requests exit with 2. Where nothing of a remote is fetched, they exit with 3.
The remote is `origin`; where none is called so, it is the only one, or the one that
`git config checkout.defaultRemote NAME` names. Which forge is asked for pull requests follows from its address: GitHub,
or else the remote itself, which then holds pull requests under `refs/mlops/pulls`. A reference there that holds none
stops no other: `pr list`, `status` and `check --all` name it, with the command that removes it.

**Revisions.** REV is what git takes for a commit, such as `main`, `v1.2` or `HEAD~2`. A name of two references at
different commits, such as a branch `main` and a tag `main`, is refused; write `refs/heads/main` then. Every other
branch is looked up by its full name, so no tag stands in for it.
"""
_COMMON = {"repo", "format", "help"}
_Nesting: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"


def page(parser: argparse.ArgumentParser) -> str:
    """The page, without a last newline. `parser` has every command."""
    commands = _commands(parser)
    contents = [f"- [{name}](#{name}): {command.description}" for name, command in commands.items()]
    common = [action for action in next(iter(commands.values()))._actions if action.dest in _COMMON]
    blocks = [_INTRODUCTION + "\n".join(_table(common)), _EXIT_CODES, "\n".join(contents)]
    return "\n".join([*blocks, *("\n".join(_section(name, command, "##")) for name, command in commands.items())])


def _section(name: str, command: argparse.ArgumentParser, heading: str, summary: str = "") -> Iterator[str]:
    verbs = _commands(command)
    arguments = [a for a in command._actions if a.dest not in _COMMON and a not in _nestings(command)]
    sentence = f"{summary[:1].upper()}{summary[1:]}." if summary else str(command.description)
    yield from ("", f"{heading} {name}", "", sentence)
    if not any(nesting.required for nesting in _nestings(command)):
        yield from ("", "```text", " ".join(["mlops-gitops", name, *_usage(command, arguments)]), "```")
    if arguments:
        yield from ("", *_table(arguments))
    for verb, nested in verbs.items():
        yield from _section(f"{name} {verb}", nested, "###", _verb_help(command, verb))


def _commands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    return {name: command for nesting in _nestings(parser) for name, command in nesting.choices.items()}


def _nestings(parser: argparse.ArgumentParser) -> list[_Nesting]:
    return [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


def _verb_help(parser: argparse.ArgumentParser, verb: str) -> str:
    choices = (choice for nesting in _nestings(parser) for choice in nesting._choices_actions)
    return next((str(choice.help) for choice in choices if choice.dest == verb), "")


def _usage(parser: argparse.ArgumentParser, arguments: Iterable[argparse.Action]) -> Iterator[str]:
    """Arguments in the order of a call: alternatives in one bracket, options first."""
    exclusive = [group._group_actions for group in parser._mutually_exclusive_groups]
    groups = {id(action): group for group in exclusive for action in group}
    for action in sorted(arguments, key=lambda argument: not argument.option_strings):
        alternatives = groups.get(id(action), [action])
        if action is alternatives[0]:
            words = " | ".join(_typed(alternative) for alternative in alternatives)
            yield words if action.required and action.nargs != "*" else f"[{words}]"


def _typed(action: argparse.Action) -> str:
    """An argument as it is typed."""
    formats = f"{{{','.join(names('reporting.formats'))}}}"
    value = formats if action.dest == "format" else action.metavar or action.dest.upper()
    repeated = " ..." if action.nargs in ("*", "+") else ""
    if not action.option_strings:
        return f"{value}{repeated}"
    flag = action.option_strings[-1]
    return flag if action.nargs == 0 else f"{flag} {value}{repeated}"


def _table(actions: Iterable[argparse.Action]) -> Iterator[str]:
    yield from markdown.head(("argument", "what it does"))
    for action in actions:
        yield markdown.row([f"`{_typed(action)}`".replace("|", "\\|"), (action.help or "").replace("|", "\\|")])

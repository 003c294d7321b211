"""The command line: help, plain errors, exit codes."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mlops_gitops import __version__
from mlops_gitops.cli.command import Command
from mlops_gitops.cli.main import build_parser, main
from mlops_gitops.core import plugins


@pytest.mark.parametrize("name", plugins.names("cli.commands"))
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    command: Command = plugins.load("cli.commands", name, "COMMAND")
    assert command.name == name and command.summary.endswith(".")
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])
    out = capsys.readouterr().out
    assert stopped.value.code == 0 and "exit codes" in out and f"mlops-gitops {name}" in out


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["nothing"], "unknown command 'nothing'"),
        (["promote", "churn"], "the following arguments are required: --to"),
        (["gate", "a b"], "'a b' is not the name of a model"),
        (["gate", "../x"], "'../x' is not the name of a model"),
        (["validate", "--format", "xml"], "unknown value of --format: 'xml'"),
        (["promte", "churn"], "did you mean 'promote'?"),
        (["pr", "opn"], "did you mean 'open'?"),
        (["rules", "--format", "jsn"], "did you mean 'json'?"),
        (["validate", "--today", "tomorrow"], "write YYYY-MM-DD"),
        (["schema", "kpis", "--format", "csv"], "a schema is a JSON document"),
        (["schema", "kpis", "--format", "markdown"], "a schema is a JSON document"),
        (["bom", "churn", "--format", "html"], "a bill of materials is a JSON document"),
        (["pr", "merge"], "the following arguments are required: N"),
        (["status", "--repo", "/nowhere"], "there is no folder /nowhere"),
    ],
)
def test_a_wrong_call_gets_one_line_and_a_help_line(
    argv: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert captured.out == "" and said in captured.err and len(captured.err.splitlines()) <= 2


def test_csv_says_when_there_is_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "immutable", "--format", "csv"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "" and "the csv is empty" in captured.err and "--format text or json" in captured.err
    assert main(["rules", "--format", "csv"]) == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("rule,") and captured.err == ""


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"mlops-gitops {__version__}\n"


def test_every_command_and_verb_prints_json() -> None:
    def without(parser: argparse.ArgumentParser) -> Iterator[str]:
        nested = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
        formats = next((action.choices for action in parser._actions if action.dest == "format"), None)
        if "json" not in (formats or ()) and parser.prog != "mlops-gitops":
            yield parser.prog
        for each in nested:
            for below in each.choices.values():
                yield from without(below)

    assert list(without(build_parser())) == []


def test_help_without_a_command_imports_none_and_says_the_same() -> None:
    program = """
import sys
from mlops_gitops.cli.main import build_parser
text = build_parser(["--help"]).format_help()
print(*(name for name in sys.modules if name.startswith("mlops_gitops.cli.commands.") or name == "git"))
sys.exit(build_parser().format_help() != text)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_help_before_a_command_lists_them_all(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help", "rules"])
    assert capsys.readouterr().out == build_parser().format_help()

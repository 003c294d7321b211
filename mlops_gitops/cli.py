"""argv → one command → exit code; the only place that catches Error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from mlops_gitops import __version__, registry
from mlops_gitops.contracts import Command, Reporter
from mlops_gitops.edges import actions
from mlops_gitops.edges.answers import Question
from mlops_gitops.errors import UNDECIDED, Error
from mlops_gitops.report import Report
from mlops_gitops.shell import arguments

EPILOG = "exit codes: 0 passed, 1 found errors or a gate failed, 2 usage or configuration, 3 could not decide"


def main(argv: Sequence[str] | None = None, question: Question | None = None) -> int:
    """Runs one command and returns its exit code. `--help` and `--version` exit by SystemExit.

    The answer to a `question` is kept for the next time, when the command says what it rests on.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    actions.print_anything()
    try:
        if any(text.encode(errors="replace").decode() != text for text in given):
            raise Error("an argument is not UTF-8")
        args = _parser(given).parse_args(given)
        report: Report = args.command.run(args)
        return _print(report, args.format, question)
    except Error as error:
        _say(f"error: {error.message}", f"help: {error.help}" if error.help else "")
        return error.exit_code
    except KeyboardInterrupt:
        _say(actions.STOPPED)
        return actions.INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return UNDECIDED
    except Exception as error:
        return _bug(error)


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one plain line, like every other."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # Told no width, argparse imports shutil with all its compression for each argument's sake.
        its = partial(argparse.HelpFormatter, width=actions.width())
        super().__init__(*args, **{"formatter_class": its} | options)

    def error(self, message: str) -> NoReturn:
        raise Error(message, help=f"{self.prog} --help")


class _Page(argparse.Action):
    """`--page`: answers and ends the program, as `--version` does."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from mlops_gitops.shell.command_page import page

        print(page(parser))
        parser.exit()


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    parser = _Parser("mlops-gitops", description=_summary(), epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"mlops-gitops {__version__}")
    parser.add_argument("--page", action=_Page, nargs=0, help="print docs/reference/cli.md: all as one Markdown page")
    adder = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    names = registry.names("commands")
    # Only the command that runs is imported: what start-up imports, every hook pays for.
    asked = [argv[0]] if argv and argv[0] in names else names
    for name in asked:
        command: Command = registry.load("commands", name, "COMMAND")
        its = adder.add_parser(command.name, help=command.summary, description=command.summary, epilog=EPILOG)
        arguments.common(its)
        command.arguments(its)
        its.set_defaults(command=command)
    return parser


def _summary() -> str:
    import mlops_gitops

    return (mlops_gitops.__doc__ or "").strip()


def _print(report: Report, output: str, question: Question | None) -> int:
    reporter: Reporter = registry.load("reporters", output, "REPORTER")
    text = reporter.render(report, actions.colour())
    code = actions.put(text, report.exit_code)
    if question and report.observed and code == report.exit_code:
        question.keep(text, code, report.observed)
    return code


def _say(*lines: str) -> None:
    for line in lines:
        if line:
            print("".join(c if c.isprintable() else " " for c in line), file=sys.stderr)


def _bug(error: Exception) -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="mlops-gitops-", suffix=".log", delete=False) as log:
        log.write(f"mlops-gitops {__version__}, Python {sys.version}\n\n{traceback.format_exc()}")
    _say(
        f"error: this is a bug in mlops-gitops: {type(error).__name__}: {error}",
        f"help: please report it with {log.name}",
    )
    return UNDECIDED

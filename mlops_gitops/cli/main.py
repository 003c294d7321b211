"""argv → one command → exit code; the only place that catches Error."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, NoReturn

from mlops_gitops import __version__
from mlops_gitops.cli.arguments import add_common_arguments
from mlops_gitops.cli.command import Command
from mlops_gitops.core import plugins
from mlops_gitops.core.errors import PASSED, UNDECIDED, Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.core.names import did_you_mean
from mlops_gitops.reporting.report import Report
from mlops_gitops.reporting.reporter import PLAIN, Reporter, Screen
from mlops_gitops.runtime import console

EPILOG = "exit codes: 0 passed, 1 found errors or a gate failed, 2 usage or configuration, 3 could not decide"


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code. `--help` and `--version` exit by SystemExit."""
    words = list(sys.argv[1:] if argv is None else argv)
    console.print_anything()
    try:
        if any(text.encode(errors="replace").decode() != text for text in words):
            raise Error("an argument is not UTF-8")
        args = build_parser(words).parse_args(words)
        report = replace(args.command.run(args), command=args.command.name)
        return _print(report, args.format, words)
    except SystemExit:  # --help and --version, printed
        raise SystemExit(_publish(words, Report({"version": 1}, exit_code=PASSED))) from None
    except Error as error:
        return _stop(words, error.exit_code, error.message, error.help)
    except KeyboardInterrupt:
        return _stop(words, console.INTERRUPTED, console.STOPPED)
    except BrokenPipeError:
        sys.stderr.close()
        return UNDECIDED
    except Exception as error:
        return _bug(words, error)


class _Parser(argparse.ArgumentParser):
    """A parser whose error is one plain line, like every other."""

    def __init__(self, *args: Any, **options: Any) -> None:
        # Without a width, argparse imports shutil and its compression modules for each argument.
        formatter = partial(argparse.HelpFormatter, width=console.width())
        super().__init__(*args, **{"formatter_class": formatter} | options)

    def error(self, message: str) -> NoReturn:
        raise Error(message, help=f"{self.prog} --help")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuses a word that is none of the choices, with the nearest one. Raises Error."""
        if action.choices is None or value in action.choices:
            return
        choices = [str(choice) for choice in action.choices]
        what = "command" if isinstance(action, argparse._SubParsersAction) else f"value of {_name(action)}:"
        every = f"choose from {', '.join(choices)}"
        raise Error(f"unknown {what} {value!r}", help=did_you_mean(str(value), choices, every))


def _name(action: argparse.Action) -> str:
    """The name of an argument as people write it."""
    return "/".join(action.option_strings) or str(action.metavar or action.dest)


def build_parser(argv: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """The parser of the command line, with the arguments of every command.

    For one `argv` it has those of the command that this names; where that does not come first, the names of the others.
    """
    parser = _Parser("mlops-gitops", description=_summary(), epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"mlops-gitops {__version__}")
    adder = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    names = plugins.names("cli.commands")
    if argv is None:
        wanted, listed = names, {}
    else:  # only the command that runs is imported: what start-up imports, every hook pays for
        wanted = tuple(word for word in argv if not word.startswith("-"))[:1]
        listed = {} if argv and argv[0] in (*names, "--version") else plugins.summaries("cli.commands")
    for name in names:
        if name in wanted:
            _add_command(adder, plugins.load("cli.commands", name, "COMMAND"))
        elif name in listed:
            adder.add_parser(name, help=listed[name])
    return parser


def _add_command(adder: argparse._SubParsersAction[Any], command: Command) -> None:
    subparser = adder.add_parser(command.name, help=command.summary, description=command.summary, epilog=EPILOG)
    add_common_arguments(subparser)
    command.add_arguments(subparser)
    subparser.set_defaults(command=command)


def _summary() -> str:
    import mlops_gitops

    return (mlops_gitops.__doc__ or "").strip()


def _print(report: Report, output: str, argv: Sequence[str]) -> int:
    reporter: Reporter = plugins.load("reporting.formats", output, "REPORTER")
    screen = Screen(console.colour(), console.columns() or PLAIN.width)
    if reporter.parts:
        code = console.put(reporter.parts(report, screen), report.exit_code)
    else:
        text = reporter.render(report, screen)
        if not text and report.lines:  # CSV holds tables alone
            _say(f"note: nothing here is a table, so the {output} is empty; --format text or json has what there is")
        code = console.put([text], report.exit_code)
    return _publish(argv, replace(report, exit_code=code))


def _publish(argv: Sequence[str], report: Report) -> int:
    """Publishes the report to the CI job, where there is one, and returns the exit code."""
    if not console.publishes(argv):
        return report.exit_code
    from mlops_gitops.reporting.job_summary import publication

    published = publication(report)
    try:
        console.publish(published.summary, published.outputs, published.files)
    except Error as error:  # then the outputs are what action.yml says where there are none: undecided
        _say(f"error: {error.message}")
        return error.exit_code
    return report.exit_code


def _stop(argv: Sequence[str], code: int, message: str, help: str = "") -> int:
    """Says why there is no report, to people and to the job, and returns the exit code."""
    if not console.publishes(argv):
        label = "" if code == console.INTERRUPTED else "error: "
        _say(f"{label}{message}", f"help: {help}" if help else "")
        return code
    from mlops_gitops.reporting import workflow_commands
    from mlops_gitops.reporting.job_summary import stopped

    print(workflow_commands.annotation(message, help), file=sys.stderr, flush=True)
    command = argv[0] if argv and argv[0] in plugins.names("cli.commands") else ""
    return _publish(argv, stopped(command, code, message, help))


def _say(*lines: str) -> None:
    for line in lines:
        if line:
            print("".join(c if c.isprintable() else " " for c in line), file=sys.stderr)


def _bug(argv: Sequence[str], error: Exception) -> int:
    from mlops_gitops.runtime.isolated import as_bug

    bug = as_bug(error)
    return _stop(argv, bug.exit_code, bug.message, bug.help)

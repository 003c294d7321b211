"""Arguments that several commands share, each with its form."""

from __future__ import annotations

import argparse
import re
from datetime import date

from mlops_gitops.core import plugins

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def add_common_arguments(parser: argparse.ArgumentParser, *, nested: bool = False) -> None:
    """Adds --repo and --format; in a nested parser they only override what comes before."""
    repo, output = (argparse.SUPPRESS, argparse.SUPPRESS) if nested else (".", "text")
    parser.add_argument("--repo", default=repo, metavar="DIR", help="a folder of the repository (default: here)")
    formats = plugins.names("reporting.formats")
    parser.add_argument("--format", default=output, choices=formats, help="how the result is printed (default: text)")


def add_model(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Adds MODEL."""
    help = "only this model" if optional else "the model, as models/ names it"
    if optional:
        parser.add_argument("model", nargs="?", type=parse_name, metavar="MODEL", help=help)
    else:
        parser.add_argument("model", type=parse_name, metavar="MODEL", help=help)


def add_environment(parser: argparse.ArgumentParser, flag: str, *, required: bool = True) -> None:
    """Adds an environment, under `--in` or `--to`."""
    help = "the environment" if required else "only this environment"
    parser.add_argument(flag, required=required, dest="environment", type=parse_name, metavar="ENV", help=help)


def parse_day(text: str) -> date:
    """A date. Raises ArgumentTypeError."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write YYYY-MM-DD") from error


def parse_name(text: str) -> str:
    """A name of a model or an environment. Raises ArgumentTypeError."""
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name: lower-case letters, digits, inner hyphens, 63 at most")
    return text

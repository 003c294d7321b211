"""Arguments that several commands share, each with its form."""

from __future__ import annotations

import argparse
import re
from datetime import date

from mlops_gitops.core import plugins

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


def common(parser: argparse.ArgumentParser, *, nested: bool = False) -> None:
    """--repo and --format; in a nested parser they only override what stands before."""
    repo, output = (argparse.SUPPRESS, argparse.SUPPRESS) if nested else (".", "text")
    parser.add_argument("--repo", default=repo, metavar="DIR", help="a folder of the repository (default: here)")
    formats = plugins.names("reporting.formats")
    parser.add_argument("--format", default=output, choices=formats, help="how the result is printed (default: text)")


def model(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """MODEL."""
    help = "only this model" if optional else "the model, as models/ names it"
    if optional:
        parser.add_argument("model", nargs="?", type=name, metavar="MODEL", help=help)
    else:
        parser.add_argument("model", type=name, metavar="MODEL", help=help)


def environment(parser: argparse.ArgumentParser, flag: str, *, required: bool = True) -> None:
    """An environment, under `--in` or `--to`."""
    help = "the environment" if required else "only this environment"
    parser.add_argument(flag, required=required, dest="environment", type=name, metavar="ENV", help=help)


def day(text: str) -> date:
    """A date, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write YYYY-MM-DD") from error


def name(text: str) -> str:
    """A name as ours are, for argparse."""
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no name: lower-case letters, digits, inner hyphens, 63 at most")
    return text

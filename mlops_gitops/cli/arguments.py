"""Arguments that several commands share, each with its form."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from mlops_gitops.core import names, plugins
from mlops_gitops.core.errors import Error

if TYPE_CHECKING:
    from datetime import date


def add_common_arguments(parser: argparse.ArgumentParser, *, nested: bool = False) -> None:
    """Adds --repo and --format; in a nested parser they only override what comes before."""
    repo, output = (argparse.SUPPRESS, argparse.SUPPRESS) if nested else (".", "text")
    parser.add_argument("--repo", default=repo, metavar="DIR", help="a folder of the repository (default: here)")
    formats = plugins.names("reporting.formats")
    parser.add_argument("--format", default=output, choices=formats, help="how the result is printed (default: text)")


def require_json(args: argparse.Namespace, what: str) -> None:
    """Refuses the formats that would hold a part of a JSON document, or none of it. Raises Error."""
    if args.format in ("csv", "html", "markdown"):
        raise Error(f"{what} is a JSON document, and has no form in {args.format}", help="leave out --format")


def add_model(parser: argparse.ArgumentParser, *, optional: bool = False) -> None:
    """Adds MODEL."""
    help = "only this model" if optional else "the model, as models/ names it"
    if optional:
        parser.add_argument("model", nargs="?", type=parse_model, metavar="MODEL", help=help)
    else:
        parser.add_argument("model", type=parse_model, metavar="MODEL", help=help)


def add_environment(parser: argparse.ArgumentParser, flag: str, *, required: bool = True) -> None:
    """Adds an environment, under `--in` or `--to`."""
    help = "the environment" if required else "only this environment"
    parser.add_argument(flag, required=required, dest="environment", type=parse_name, metavar="ENV", help=help)


def parse_day(text: str) -> date:
    """A date. Raises ArgumentTypeError."""
    from datetime import date  # few calls name a day

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date: write YYYY-MM-DD") from error


def parse_name(text: str) -> str:
    """A name of an environment. Raises ArgumentTypeError."""
    if not names.is_name(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a name: it has {names.NAME_IN_WORDS}")
    return text


def parse_model(text: str) -> str:
    """A name of a model. Raises ArgumentTypeError."""
    if not names.is_model(text):
        near = names.nearest_model(text)
        example = f"; {near!r} would do" if near else ""
        raise argparse.ArgumentTypeError(f"{text!r} is not the name of a model: it has {names.MODEL_IN_WORDS}{example}")
    return text


def path_inside(root: str, written: str) -> str:
    """The path in the repository of one that is written from here, or else from the repository's root. Raises Error."""
    here = os.path.abspath(written)
    full = here if os.path.lexists(here) else os.path.join(root, written)
    path = os.path.relpath(full, root).replace(os.sep, "/")
    if path == ".." or path.startswith("../"):
        raise Error(f"{written} is not in the repository {root}")
    return path

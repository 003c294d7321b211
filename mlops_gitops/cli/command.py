"""What a command of the command line is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from mlops_gitops.core.frozen import frozen

if TYPE_CHECKING:
    import argparse

    from mlops_gitops.reporting.report import Report


@frozen
class Command:
    """One command of the command line."""

    name: str
    summary: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], Report]

"""Nothing is promoted to an environment while it is frozen.

There are days on which nobody watches, or on which nothing may change. It looks at `policies.freeze` of the base's
mlops.yaml, whose days and times are UTC, and for a file FREEZE at the root of the base, which freezes every environment
until it is removed. A rollback passes: it is how an incident ends. `audit` asks it again of every merge.

Wait until the freeze is over, or carry a decision of type override with `skip: freeze`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mlops_gitops.contracts import Context, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records.project import FREEZE
from mlops_gitops.snapshot import Snapshot
from mlops_gitops.tree import read_if_possible

_HELP = "wait, or carry a decision of type override with skip: freeze (promote … --decision PATH)"
_LONGEST = 300  # characters of a reason


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record of a frozen environment, rollbacks and overrides left out."""
    for record in context.promotions():
        reason = frozen(context, record.environment) if record.action != "rollback" else None
        if reason is None:
            continue
        document = context.head.document(record.path)
        override = context.override("freeze", record)
        if override is None:
            yield document.problem(RULE.id, reason, ("predicate", "environment"), help=_HELP)
        elif override.path not in {d["path"] for d in record.predicate["decisions"]}:
            message = f"{override.path} lets it skip the freeze, and is not among the record's decisions"
            help = f"run again: {record.command()}"
            yield document.problem(RULE.id, message, ("predicate", "decisions"), help=help)


def frozen(context: Context, environment: str) -> str | None:
    """Why an environment takes nothing now; where the time is not known, at any time of the day."""
    if (stopped := frozen_by_file(context.policy)) is not None:
        return f"{environment} is frozen by the file {FREEZE}" + (f": {stopped}" if stopped else "")
    first = context.moment
    last = context.now or first + timedelta(hours=23, minutes=59, seconds=59)
    for freeze in context.project.freezes if context.project else ():
        if freeze.covers(environment, first, last):
            return f"{environment} is frozen until {freeze.to} (UTC): {_line(freeze.reason)}"
    return None


def frozen_by_file(policy: Snapshot) -> str | None:
    """The reason in a tree's file FREEZE, which may be empty; None where there is no such file."""
    if not policy.tree.exists(FREEZE):
        return None
    text = (read_if_possible(policy.tree, FREEZE) or b"").decode("utf-8", "replace").removeprefix("\ufeff")
    return _line(text.partition("\n")[0])


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


RULE = Rule("freeze", __doc__, check, Scope.PULL, about="Promotion", standing=True)

"""Each window of monitoring.yaml has its own path, its times fit together, and its budget gives a usable level.

Two windows that read one path would be the same data judged twice, and a limit that cannot be reached guards nothing.
It checks that `every` is no shorter than what the paths can distinguish ({date} a day, {date} and {hour} an hour), that
several environments have a path each, and that the format of each file is known; and it warns of a `fresh` beyond which
the monitor itself would be late, and of a `cooldown` shorter than a window. The budget, divided over tested watches,
environments and the looks of a year, gives the level of each look: above 0.2 alarms would be ordinary, and below
0.00001 the bounds are not studied.

Add the placeholder, lengthen `every`, or change the budget: docs/how-to/choose-a-budget.md shows what it costs.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Route
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.calendar import DATE, ENVIRONMENT, HOUR, finest_step
from mlops_gitops.policy.examples import watched
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import Monitoring, Quality
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a fault, at the key that is wrong."""
    for plan in context.head.records(monitoring.KIND, Monitoring):
        document = context.head.document(plan.path)
        for route, message, help in (*_paths(plan), *_too_high(plan)):
            yield document.problem(RULE.id, message, route, help=help)
        for route, message, help in (*_times(plan), *_too_low(plan)):
            yield document.problem(RULE.id, message, route, help=help, severity=Severity.WARNING)


def _paths(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    """The files whose windows, environments or format are not known."""
    files = [(("windows", "scored"), plan.windows.path, plan.windows.format)]
    if labels := plan.windows.labels:
        files.append((("windows", "labels"), labels.path, labels.format))
    for route, path, file_format in files:
        step = finest_step(path)
        if step is None or plan.every < step:
            yield (*route, "path"), f"several windows read {path}", _told_apart(plan, path)
        if len(plan.environments) > 1 and ENVIRONMENT not in path and route[-1] == "scored":
            yield (*route, "path"), f"{len(plan.environments)} environments read {path}", "put {environment} into it"
        if not file_format and not path.endswith("/"):
            message = f"the ending of {path} does not say whether it is csv or parquet"
            yield (*route, "path"), message, "add `format: csv` or `format: parquet`; a folder ends in /"


def _told_apart(plan: Monitoring, path: str) -> str:
    """What gives each window a path of its own."""
    if plan.every < timedelta(hours=1):
        return "take windows of an hour or more: paths tell no shorter ones apart"
    needed = [DATE, HOUR] if plan.every < timedelta(days=1) else [DATE]
    return f"put {' and '.join(name for name in needed if name not in path)} into it"


def _times(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    """The limits of time that nothing reaches."""
    for n, watch in enumerate(plan.watches):
        fresh = watch.check.fresh if isinstance(watch.check, Quality) else None
        if fresh is not None and fresh >= plan.every + plan.grace:
            message = "the monitor itself is late (`every` and `grace`) before a window is too old for `fresh`"
            yield ("watch", n, "quality", "fresh"), message, "take a shorter `fresh`"
        if watch.cooldown is not None and watch.cooldown <= plan.every:
            message = "a cooldown no longer than a window delays nothing"
            yield ("watch", n, "cooldown"), message, "take a longer one, or leave it out"


def _too_high(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    level = budget.level(plan)
    if level is not None and level > budget.HIGHEST:
        message = f"with {plan.false_alarms:g} false alarms a year, a share of {level:.2g} of all looks would alarm"
        yield ("budget", "false_alarms"), message, f"take at most {_budget(plan, 0.99 * budget.HIGHEST)}"


def _too_low(plan: Monitoring) -> Iterator[tuple[Route, str, str]]:
    level = budget.level(plan)
    if level is not None and level < budget.LOWEST:
        message = (
            f"with {budget.tests(plan)} tests and {plan.false_alarms:g} false alarms a year, each look has the level "
        )
        message += f"{level:.2g}: bounds are studied down to {budget.LOWEST:.0e}"
        help = f"longer windows, fewer watches, or a budget of {_budget(plan, 1.01 * budget.LOWEST)} or more"
        yield ("budget", "false_alarms"), message, help


def _budget(plan: Monitoring, level: float) -> str:
    """The budget that gives a level, to three digits."""
    return f"{plan.false_alarms * level / (budget.level(plan) or 1):.3g}"


RULE = Rule(
    "monitoring-cadence",
    __doc__,
    check,
    Scope.FILE,
    about="Monitoring",
    kinds=("Monitoring",),
    severities=(Severity.ERROR, Severity.WARNING),
    ok=(watched(), watched("[production]", "[staging, production]")),
    bad=(
        watched("{environment}/{date}/", "{environment}/"),
        watched("every: 7d", "every: 12h"),
        watched("[production]", "[staging, production]", "{environment}/{date}/", "{date}/"),
        watched("{environment}/{date}/", "{environment}/{date}.txt"),
        watched("fresh: 48h", "fresh: 9d"),
        watched("{id: auc,", "{id: auc, cooldown: 7d,"),
        watched("false_alarms: 0.1", "false_alarms: 50"),
        watched("false_alarms: 0.1", "false_alarms: 0.001"),
    ),
)

"""The filters of monitoring.yaml can be read.

A filter that cannot be read leaves every watch of its rows not available. It reads the `where:` of the windows and of
each watch and the `control:` of the labels by the grammar of kpis.yaml: comparisons of a column with a value, `in (…)`,
`is null`, `is not null`, joined by `and`, `or`, `not` and parentheses.

Fix the filter at the character the message names. It is best put into double quotes in YAML.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.document import Route
from mlops_gitops.measurement.row_filter import parse
from mlops_gitops.policy.examples import watched
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each filter that cannot be read."""
    for plan in context.head.records(monitoring.KIND, Monitoring):
        for route, text in filters(plan):
            try:
                parse(text)
            except Undecided as error:
                yield context.head.document(plan.path).problem(RULE.id, error.message, route, help=error.help)


def filters(plan: Monitoring) -> Iterator[tuple[Route, str]]:
    """Every filter, and where it is written."""
    windows = plan.windows
    if windows.where is not None:
        yield ("windows", "scored", "where"), windows.where
    if windows.labels and windows.labels.control is not None:
        yield ("windows", "labels", "control"), windows.labels.control
    yield from ((("watch", n, "where"), watch.where) for n, watch in enumerate(plan.watches) if watch.where is not None)


_SCORE = ", score: probability"
RULE = Rule(
    "monitoring-filter",
    __doc__,
    check,
    Scope.FILE,
    about="Monitoring",
    kinds=("Monitoring",),
    ok=(watched(_SCORE, f"""{_SCORE}, where: "region in ('north', 'south') and not age < 18\""""),),
    bad=(
        watched(_SCORE, f"{_SCORE}, where: region == north"),
        watched("delay: 30d", "delay: 30d, control: lower(arm) = 'control'"),
        watched("{id: auc,", "{id: auc, where: region,"),
    ),
)

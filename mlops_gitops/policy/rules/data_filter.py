"""A data set's `where:` can be read, and its declared classes hold its positive class.

What the gate cannot read it does not measure, and so it blocks on the day of a promotion. A filter is read by a small
grammar, which never reaches the database as written: comparisons of a column with a value, `in (…)`, `is null`,
`is not null`, joined by `and`, `or`, `not` and parentheses. Columns are bare names or stand in "double quotes", texts
in 'single quotes'. The whole filter is best put into double quotes in YAML, or below `where: >-`.

Fix the filter at the character the message names. A row for which a filter is neither true nor false, since a value
is empty, is left out: add `or column is null` to keep it.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.core.errors import Undecided
from mlops_gitops.measurement.row_filter import parse
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import kpis
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error a data set, at its filter or at its positive class."""
    for model in context.head.records(kpis.KIND, Kpis):
        document = context.head.document(model.path)
        for name, data in model.data.items():
            try:
                if data.where is not None:
                    parse(data.where)
            except Undecided as error:
                yield document.problem(RULE.id, error.message, ("data", name, "where"), help=error.help)
            if data.classes is not None and data.positive is not None and data.positive not in data.classes:
                message = f"the positive class {data.positive!r} is none of the declared classes"
                yield document.problem(RULE.id, message, ("data", name, "positive"), help="add it to `classes:`")


def _declared(text: str) -> tuple[Edit, ...]:
    return (Edit("models/churn/kpis.yaml", "    label: churned\n", f"    label: churned\n{text}"),)


RULE = Rule(
    "data-filter",
    __doc__,
    check,
    Scope.FILE,
    kinds=("KPIs",),
    ok=(
        _declared("""    where: "region in ('EU', 'UK') and not age < 18"\n"""),
        _declared("    positive: 1\n    classes: [0, 1]\n"),
    ),
    bad=(
        _declared("""    where: "region == 'EU'"\n"""),
        _declared("    where: lower(region) = 'eu'\n"),
        _declared("    positive: left\n    classes: [stayed, leaves]\n"),
    ),
)

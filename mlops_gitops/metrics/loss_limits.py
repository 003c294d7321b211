"""A metric under the `loss_bound` or `cap` that its KPI declares."""

from __future__ import annotations

from typing import Any

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.metrics.forms.means import Means
from mlops_gitops.metrics.metric import Metric
from mlops_gitops.records.kpis import Kpi, capped_name, exact_text


def takes_limits(metric: Metric) -> bool:
    """Whether it is a mean of losses that nothing else bounds, or follows from one."""
    return isinstance(metric.form, Means) and metric.form.loss is not None


def limit_losses(metric: Metric, kpi: Kpi) -> Metric:
    """The metric as the KPI limits its losses; itself where it declares neither key.

    With a cap it is another metric, of another name. Raises Error where the metric takes no limit, or both are there.
    """
    declared = kpi.loss_limits()
    if not declared:
        return metric
    if fault := limit_fault(metric, declared):
        raise Error(f"{kpi.id}: {fault[0]}", help=fault[1])
    form: Any = metric.form  # Means with a loss
    bound = float(getattr(kpi, declared[0]))
    loss = replace(form.loss, bound=bound, capped=kpi.cap is not None)
    first, *rest = form.terms
    limited = replace(form, terms=(loss.capped_term(first), *rest), loss=loss)
    most = limited.transform([loss.largest_term]) if len(form.terms) == 1 else metric.range[1]
    name = capped_name(metric.id, bound) if loss.capped else f"{metric.id} (loss_bound {exact_text(bound)})"
    return replace(metric, id=name, form=limited, range=(metric.range[0], most), examples=())


def limit_fault(metric: Metric, declared: list[str]) -> tuple[str, str] | None:
    """Why a metric cannot have these keys, and what to do; None where it can."""
    if len(declared) > 1:
        message = "`cap` and `loss_bound` are two ways to bound a loss, and a KPI takes one"
        return message, "with `cap` a larger loss counts as the cap, with `loss_bound` it makes the KPI not available"
    if takes_limits(metric):
        return None
    key = declared[0]
    return f"`{key}` bounds losses that have no bound of their own, and {metric.id} is not a mean of such losses", (
        f"leave out `{key}`"
    )

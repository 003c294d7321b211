"""The metrics that a KPI may name, by name."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core import plugins
from mlops_gitops.core.errors import Error
from mlops_gitops.metrics.metric import Family, Metric
from mlops_gitops.records.kpis import Kpi

CATALOG = "metrics.catalog"
LIBRARY = "sklearn"  # the family that is not ours


def better_direction(kpi: Kpi) -> str | None:
    """Which direction is better: as the metric says, else as the KPI does. Raises Error for an unknown metric."""
    metric = kpi_metric(kpi)
    return (metric.better if metric else None) or kpi.better_by_gate()


def kpi_metric(kpi: Kpi) -> Metric | None:
    """The metric of a KPI, with its limits on losses; None for a number of a metrics file.

    Raises Error for an unknown metric, and for limits that it does not take.
    """
    if not isinstance(kpi.metric, str):
        return None
    metric = find_metric(kpi.metric)
    if not kpi.loss_limits():
        return metric
    from mlops_gitops.metrics.loss_limits import limit_losses

    return limit_losses(metric, kpi)


def own_metrics() -> tuple[Metric | Family, ...]:
    """Every metric of the catalog and every family whose members are written after a colon, by id."""
    metrics: list[Metric | Family] = list(plugins.all_of(CATALOG, "METRIC"))
    for family in plugins.all_of(CATALOG, "FAMILY"):
        metrics += [family] if family.takes else family.listed_metrics()
    return tuple(sorted(metrics, key=lambda metric: metric.id))


def sklearn_family() -> Family:
    """The metrics of scikit-learn that a KPI may name."""
    from mlops_gitops.metrics.scikit_learn import FAMILY

    return FAMILY


def find_metric(metric_name: str) -> Metric:
    """The metric of that name: one of ours, or a family and its member after a colon, as `sklearn:max_error`.

    Raises Error for an unknown name, with the nearest names as its help.
    """
    first, colon, member = metric_name.partition(":")
    metric = _member(first, member) if colon else _plain_metric(metric_name)
    if metric:
        return metric
    import difflib

    nearest = difflib.get_close_matches(metric_name, _known_names(), cutoff=0.0)
    raise Error(f"no metric is called {metric_name!r}", help=f"the nearest: {', '.join(nearest)}")


def bounded_equivalent(function: str) -> str | None:
    """The metric of ours that is this function of scikit-learn's: it has bounds."""
    from mlops_gitops.metrics.scikit_learn import EQUIVALENTS

    return EQUIVALENTS.get(function)


def _owners(name: str) -> Iterator[Family]:
    """The families of which this id is a member; a module that does not name it is not imported, which takes longer."""
    for module, text in plugins.sources(CATALOG):
        if text is None or f'"{name}"' in text:
            families: tuple[Family, ...] = plugins.all_of(CATALOG, "FAMILY", [module])
            yield from (family for family in families if not family.takes and name in family.members)


def _plain_metric(name: str) -> Metric | None:
    """A metric by its id alone: that of a file, else a member of a family whose members have ids of their own."""
    if name in plugins.names(CATALOG):
        found: tuple[Metric, ...] = plugins.all_of(CATALOG, "METRIC", [name])
        return found[0] if found else None
    return next((family.build(name) for family in _owners(name)), None)


def _member(family_id: str, member: str) -> Metric | None:
    """The member of a family; None where there is no such family. Raises Error for an unknown member."""
    family = sklearn_family() if family_id == LIBRARY else _family(family_id)
    if family is None:
        return None
    try:
        return family.build(member)
    except Error as error:
        if member not in _known_names():
            raise
        raise Error(error.message, help=f"{member} is a metric of its own; {error.help}") from error


def _family(family_id: str) -> Family | None:
    """A family of the catalog whose members are written after a colon."""
    if family_id not in plugins.names(CATALOG):
        return None
    found: tuple[Family, ...] = plugins.all_of(CATALOG, "FAMILY", [family_id])
    return found[0] if found and found[0].takes else None


def _known_names() -> list[str]:
    return [name for metric in own_metrics() for name in _names(metric)]


def _names(metric: Metric | Family) -> Iterator[str]:
    if isinstance(metric, Metric):
        yield metric.id
    else:
        yield from (f"{metric.id}:{member}" for member in metric.members)

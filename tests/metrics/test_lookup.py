"""The metrics that a KPI may name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cases import cases

from mlops_gitops.core.errors import Error
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import Kpi


@cases(
    "name, nearest",
    [("roc_auk", "roc_auc"), ("sklearn", ""), ("", ""), ("../errors", ""), ("sklearn:f1", "sklearn:f1_score"),
     ("sklearn:get_scorer", "sklearn:r2_score"), ("sklearn:__name__", ""), ("f_beta", "f_beta:2"), ("accuracy:2", ""),
     ("f_beta:0", "from 0.01 to 100"), ("f_beta:-1", ""), ("f_beta:1e1", ""), ("f_beta:nan", ""), ("f_beta:²", ""),
     ("f_beta:101", ""), ("f_beta:", ""), ("pinball:1.0", "between 0 and 1"), ("pinball:0.0", ""), ("pinball:0", ""),
     ("pinball:.5", ""), ("log_loss_multi", "log_loss_multiclass"),
     ("sklearn:f1_macro", "f1_macro is a metric of its own; the nearest: sklearn:")],
)  # fmt: skip
def test_an_unknown_metric_is_refused_with_the_nearest_names(name, nearest):
    with pytest.raises(Error, match="no metric is called") as refused:
        lookup.find_metric(name)
    assert nearest in refused.value.help


def test_to_find_a_metric_imports_no_other_module_of_the_catalog():
    program = """
import sys
from mlops_gitops.metrics import lookup
from mlops_gitops.records.kpis import Kpi
for name in ("f1", "f1_macro", "sklearn:max_error", "f_beta:2"):
    lookup.find_metric(name)
catalog = {name.rpartition(".")[2] for name in sys.modules if name.startswith("mlops_gitops.metrics.catalog.")}
assert catalog == {"f1", "class_averages", "f_beta"}, catalog
"""
    subprocess.run([sys.executable, "-c", program], check=True)


@cases("limit", ["loss_bound", "cap"])
def test_two_limits_are_two_metrics_however_near_they_are(limit):
    near = [0.3, 0.1 + 0.2, 3.0, 1e-7]
    kpis = [Kpi("k", "mean_absolute_error", "holdout", None, None, None, **{limit: value}) for value in near]
    names = [metric.id for kpi in kpis if (metric := lookup.kpi_metric(kpi))]
    assert len({*names}) == len(near) and "30000000000000004" in names[1] and "3.0" not in names[2]

"""A band is a folder; its modules are found by their file names."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cases import cases

from mlops_gitops.core import plugins


def test_a_band_lists_its_modules_in_order():
    names = plugins.names("metrics.catalog")
    assert list(names) == sorted(names)
    assert {"accuracy", "roc_auc", "f_beta"} <= set(names)


def test_a_module_is_loaded_by_its_name():
    assert plugins.load("metrics.catalog", "recall", "METRIC").id == "recall"
    assert plugins.load("measurement.engines", "duckdb", "ENGINE").columns


def test_modules_without_the_constant_are_left_out():
    assert "f_beta" not in [metric.id for metric in plugins.all_of("metrics.catalog", "METRIC")]


def test_the_sources_of_a_band_come_in_its_order():
    sources = dict(plugins.sources("policy.rules"))
    assert tuple(sources) == plugins.names("policy.rules")
    assert "Scope.FILE" in sources["names_agree"] and "Scope.PULL" in sources["approvals"]


def test_of_a_band_only_the_modules_asked_for_are_taken():
    assert [metric.id for metric in plugins.all_of("metrics.catalog", "METRIC", ["recall", "f_beta"])] == ["recall"]


@cases("name", ["nothing", "../errors", "recall.os", ""])
def test_only_the_bands_own_modules_are_loaded(name):
    with pytest.raises(LookupError):
        plugins.load("metrics.catalog", name, "METRIC")


def test_listing_imports_no_module_and_loading_one_imports_no_other():
    program = """
import sys
from mlops_gitops.core import plugins
plugins.names("metrics.catalog")
assert not [name for name in sys.modules if name.startswith("mlops_gitops.metrics.catalog.")]
plugins.load("metrics.catalog", "f1", "METRIC")
plugins.load("measurement.engines", "duckdb", "ENGINE")
assert not {"mlops_gitops.metrics.catalog.recall", "duckdb", "numpy", "sklearn", "importlib.metadata"} & {*sys.modules}
"""
    subprocess.run([sys.executable, "-c", program], check=True)

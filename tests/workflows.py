"""Workflow files as texts, read as `doctor` reads them."""

from __future__ import annotations

from mlops_gitops.doctor.workflow_files import Workflow, read_workflows
from mlops_gitops.documents.tree import Overlay

PATH = ".github/workflows/ci.yml"


def read(text: str, **others: str) -> dict[str, Workflow]:
    """The workflows of a repository: ci.yml with this text, and others by their names."""
    files = {PATH: text} | {f".github/workflows/{name}.yml": other for name, other in others.items()}
    workflows = read_workflows(Overlay({path: content.encode() for path, content in files.items()}))
    assert all(isinstance(workflow, Workflow) for workflow in workflows.values()), workflows
    return {path: workflow for path, workflow in workflows.items() if isinstance(workflow, Workflow)}

"""Edits of the sound repository that the cases of several checkups share."""

from __future__ import annotations

from mlops_gitops.policy.rule import Edit
from mlops_gitops.records.project import PATH

_MLOPS, _PROMOTE = ".github/workflows/mlops.yml", ".github/workflows/promote.yml"

# `record` with the token of its run, as `init --github simple` writes it.
RECORDS_AS_RUN = Edit(
    _MLOPS,
    "      - run: mlops-gitops record\n",
    "      - uses: mlops-gitops/mlops-gitops@v1\n        with: {command: record, token: '${{ github.token }}'}\n",
)
WITHOUT_APP = (RECORDS_AS_RUN, Edit(_PROMOTE, None, None))
# No environment asks for approvals, as `init --solo` writes it.
ALONE = (
    Edit(PATH, "staging: {approvals: {operations: 1}}", "staging: {}"),
    Edit(PATH, "after: [staging], approvals: {data-science: 1, operations: 1}", "after: [staging]"),
)

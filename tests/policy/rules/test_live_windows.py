"""live-windows: a release is judged on the windows that the base's retraining.yaml asks for, and on no others."""

from __future__ import annotations

from collections.abc import Sequence

import sample
from cases import cases
from live_windows import RETRAINING
from messages import lacking

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.examples import LIVE, new_release, watched
from mlops_gitops.policy.rule import Edit
from mlops_gitops.policy.rules.evaluation_linked import RULE as LINKED
from mlops_gitops.policy.rules.live_windows import RULE
from mlops_gitops.policy.rules.release_digests import RULE as DIGESTS
from mlops_gitops.repository.snapshot import Snapshot

MANIFEST, POLICY = "releases/churn/1.2.0.yaml", "models/churn/retraining.yaml"
BASE = (
    *watched("environments: [production]", "environments: [staging]", "{environment}/{date}/", "{date}.csv"),
    Edit(POLICY, None, RETRAINING),
)
ROWS, LABELS, PREDICTED = (digit * 31 + "f" for digit in "567")
OUTPUT = f"""    - path: data/live/churn/holdout.csv
      hash: md5
      md5: {PREDICTED}
      size: 60
"""
EVALUATION = f"""evaluation:
  holdout:
    {{path: data/live/churn/holdout.csv, md5: "{PREDICTED}", hash: md5, size: 60, remote: storage, stage: evaluate}}
  holdout.label: {{path: data/live/churn/labels.csv, md5: "{LABELS}", hash: md5, size: 70, remote: storage}}
  holdout.live: {{path: data/live/churn/rows.csv, md5: "{ROWS}", hash: md5, size: 80, remote: storage}}
"""


def _tracked(name: str, md5: str, size: int) -> Edit:
    text = f"outs:\n- md5: {md5}\n  size: {size}\n  hash: md5\n  path: {name}\n"
    return Edit(f"data/live/churn/{name}.dvc", None, text)


def _head(*edits: Edit) -> dict[str, bytes]:
    """The base with a manifest of 1.2.0 that two windows judge, and what DVC tracks of it."""
    before = sample.edited((new_release("1.2.0"),))[MANIFEST].decode()
    start, end = before.index("evaluation:"), before.index("lineage:")
    own = (
        Edit(MANIFEST, None, before[:start] + EVALUATION + LIVE + before[end:]),
        Edit("dvc.lock", "    - path: data/holdout.csv\n", f"{OUTPUT}    - path: data/holdout.csv\n"),
        Edit("dvc.yaml", "outs: [data/holdout.csv]", "outs: [data/holdout.csv, data/live/churn/holdout.csv]"),
        _tracked("rows.csv", ROWS, 80), _tracked("labels.csv", LABELS, 70),
    )  # fmt: skip
    return sample.edited((*own, *edits), sample.edited(BASE))


def _found(*edits: Edit, base: Sequence[Edit] = BASE) -> list[str]:
    before = Snapshot(Overlay(sample.edited(tuple(base))))
    found = replace(sample.context(_head(*edits)), base=before)
    return [finding.message for finding in RULE.check(found)]


def test_the_windows_and_files_that_the_base_asks_for_are_accepted() -> None:
    assert _found() == []
    for rule in (LINKED, DIGESTS):
        assert [finding.message for finding in rule.check(sample.context(_head()))] == [], rule.id


@cases(
    "edit, facts",
    [
        (Edit(MANIFEST, "environment: staging", "environment: production"), ("does not watch production",)),
        (Edit(MANIFEST, 'release: "1.0.0"', 'release: "1.1.0"'), ("beside 1.1.0", "staging runs 1.0.0")),
        (Edit(MANIFEST, 'start: "2026-01-12', 'start: "2026-01-13'), ("do not follow",)),
        (Edit(MANIFEST, "data/live/churn/rows.csv", "data/mine.csv"),
         ("data/mine.csv", "holdout.live", "data/live/churn/rows.csv")),
        (Edit(MANIFEST, "  holdout.live:", "  other.live:"), ("nothing", "holdout.live")),
    ],
)  # fmt: skip
def test_a_manifest_that_chooses_its_own_judge_is_refused(edit: Edit, facts: Sequence[str]) -> None:
    found = _found(edit)
    assert any(not lacking(message, *facts) for message in found), found


@cases(
    "change, facts",
    [
        (Edit(POLICY, "windows: 2", "windows: 3"), ("2 windows judge it", "3")),
        (Edit(POLICY, "{windows: 2}", "holdout"), ("holdout",)),
        (Edit(POLICY, "windows: 2", "windows: 2, folder: data/seen"), ("data/seen/rows.csv",)),
    ],
)
def test_the_policy_is_the_bases(change: Edit, facts: Sequence[str]) -> None:
    found = _found(base=(*BASE, change))
    assert found, "nothing was found"
    assert not lacking(" ".join(found), *facts)
    assert _found(change) == []  # a change of its own says nothing


def test_without_a_policy_on_the_base_live_windows_judge_nothing() -> None:
    (message,) = _found(base=BASE[:1])
    assert lacking(message, "retraining.yaml") == []

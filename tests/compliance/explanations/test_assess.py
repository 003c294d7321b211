"""The level of an explanation in a tree: what its stage read by dvc.lock, and what is out of reach."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

import governed
from cases import cases
from explained import edited

from mlops_gitops.compliance.explanations.assess import best
from mlops_gitops.compliance.explanations.level import Explained, Level, NotReached
from mlops_gitops.compliance.result import Finding, Status
from mlops_gitops.compliance.shared_looks import CARD
from mlops_gitops.compliance.subject import Evidence, Subject
from mlops_gitops.core import plugins
from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.policy.rule import Edit

PATH = "reports/explain.json"
OTHER = "9" * 32


def stating(stated: Mapping[str, Any]) -> tuple[Edit, ...]:
    """The governed sample with another explanation, which its card pins and its stage made."""
    old, new = governed.files()[PATH], json.dumps(stated)
    return (
        Edit(PATH, None, new),
        Edit(CARD, sha256(old), sha256(new.encode())),
        Edit("dvc.lock", hashlib.md5(old).hexdigest(), hashlib.md5(new.encode()).hexdigest()),
    )


def look(*edits: Edit, evidence: Evidence | None = governed.EVIDENCE_AT_HAND) -> Explained:
    return best(replace(governed.subject(*edits), evidence=evidence))


def test_each_level_is_reached_by_what_is_at_hand() -> None:
    without = Evidence(lambda _: "", governed.counts)
    derived = replace(governed.EVIDENCE_AT_HAND, rerun=None)
    assert (look().level, look().rerun) == (Level.RE_RUN, 200)
    assert look(evidence=derived).level is Level.RE_DERIVED and "not an .onnx file" in look(evidence=derived).reason
    assert (look(evidence=without).level, look(evidence=without).is_undecided) == (Level.LINKED, True)
    assert look(Edit("dvc.lock", "reports/explain.json", "x.json")).level is Level.CLAIMED


@cases(
    "lock",
    [
        "stages: [",
        "schema: '2.0'\nstages: [explain]\n",
        "schema: '2.0'\nstages: {explain: [outs]}\n",
        "schema: '2.0'\nstages: {explain: {cmd: x, outs: {path: reports/explain.json}}}\n",
        "schema: '2.0'\nstages: {explain: {cmd: x, outs: [reports/explain.json]}}\n",
        "schema: '2.0'\nstages: {explain: {cmd: x, outs: [{path: reports/explain.json, md5: 12}]}}\n",
    ],
)
def test_a_dvc_lock_that_dvc_could_not_read_is_could_not_tell(lock: str) -> None:
    found = look(Edit("dvc.lock", None, lock))
    assert (found.level, found.is_undecided) == (Level.CLAIMED, True)
    assert "dvc.lock:" in found.reason and "dvc.lock" in found.help


@cases("key", ["artifact", "data", "rows"])
def test_a_digest_of_dvc_2_refutes_nothing_since_it_took_crlf_for_lf(key: str) -> None:
    stated = edited(governed.EXPLANATION, lambda said: said[key].update(md5=OTHER))
    edits = stating(stated)
    lock = (
        governed.files()["dvc.lock"].decode().replace("hash: md5, ", "").replace(str(edits[-1].old), str(edits[-1].new))
    )
    found = look(*edits[:-1], Edit("dvc.lock", None, lock))
    assert (found.level, found.is_undecided, found.is_refuted) == (Level.CLAIMED, True, False), found
    assert "DVC 2" in found.reason and "explain by DVC 3" in found.help


# What is changed in explain.json, and in other files, and the words of the reason; whether it contradicts the files.
UNLINKED: list[tuple[Callable[[dict[str, Any]], object], tuple[Edit, ...], str, bool]] = [
    # Forged: it names an artifact, data or rows that its stage did not read or make.
    (lambda said: said["artifact"].update(md5=OTHER), (), "by dvc.lock it read bbbbbbbbbbbb", True),
    (lambda said: said["artifact"].update(path="other.skops"), (), "by dvc.lock it read no such file", True),
    (lambda said: said["data"].update(md5=OTHER), (), "by dvc.lock it read dddddddddddd", True),
    (lambda said: said["rows"].update(md5=OTHER), (), "which its stage did not make", True),
    (lambda said: said["rows"].update(path="other.parquet"), (), "which its stage did not make", True),
    (lambda said: said.update(kpi="recall"), (), "has no KPI 'recall' of the metric 'roc_auc'", True),
    (lambda said: said.update(metric="log_loss"), (), "has no KPI 'roc-auc' of the metric 'log_loss'", True),
    (lambda said: said["features"].append({"name": "age", "importance": 1}), (), "'age' in two places", True),
    # Another model, another form, another run.
    (lambda said: said.update(model="other"), (), "is about other", False),
    (lambda said: said.pop("rows"), (), "rows", False),
    (lambda said: said.update(method="hearsay"), (), "method", False),
    (
        lambda said: said["artifact"].update(md5=OTHER),
        (Edit("dvc.lock", f"md5: {'b' * 31}1, size", f"md5: '{OTHER}', size"),),
        "it explains models/churn/model.skops (999999999999), and the artifacts of release 1.1.0 are",
        False,
    ),
]


@cases("change, edits, words, is_refuted", UNLINKED)
def test_what_is_not_of_the_release_is_claimed_alone(
    change: Callable[[dict[str, Any]], object], edits: tuple[Edit, ...], words: str, is_refuted: bool
) -> None:
    found = look(*stating(edited(governed.EXPLANATION, change)), *edits)
    assert (found.level, found.is_refuted) == (Level.CLAIMED, is_refuted) and words in found.reason, found
    assert found.help and not found.reaches(Level.LINKED)


def test_what_is_no_json_is_claimed_alone() -> None:
    for text in ("{", "[]", '{"features": []}', '{"model": "churn", "model": "churn"}'):
        old = governed.files()[PATH]
        found = look(
            Edit(PATH, None, text),
            Edit(CARD, sha256(old), sha256(text.encode())),
            Edit("dvc.lock", hashlib.md5(old).hexdigest(), hashlib.md5(text.encode()).hexdigest()),
        )
        assert (found.level, found.is_refuted) == (Level.CLAIMED, False) and "has not the form" in found.reason


def test_data_that_the_model_is_not_evaluated_on_are_not_linked() -> None:
    lines = f"    - {{path: data/train.csv, hash: md5, md5: '{'1' * 32}', size: 10}}\n"
    edits = (
        Edit("dvc.lock", "    outs:\n    - {path: reports", f"{lines}    outs:\n    - {{path: reports"),
        Edit("data/train.csv.dvc", None, f"outs: [{{path: train.csv, hash: md5, md5: '{'1' * 32}', size: 10}}]\n"),
    )
    train = edited(governed.EXPLANATION, lambda said: said.update(data={"path": "data/train.csv", "md5": "1" * 32}))
    found = look(*stating(train), *edits)
    assert found.level is Level.CLAIMED and "was not made from data/train.csv" in found.reason


def test_another_method_than_permutation_is_linked_at_most() -> None:
    kept = ("model", "artifact", "data")
    stated = {key: governed.EXPLANATION[key] for key in kept} | {"method": "other", "about": "Saliency maps."}
    found = look(*stating(stated))
    assert (found.level, found.is_refuted) == (
        Level.LINKED,
        False,
    ) and "only an explanation by permutation" in found.reason


def test_of_several_explanations_the_best_counts_and_one_that_is_refuted_does_not() -> None:
    text = governed.files()[CARD].decode()
    line = next(line for line in text.splitlines() if "type: explainability" in line)
    note = b"What we found.\n"
    more = f"    - {{id: note, type: explainability, path: note.md, sha256: '{sha256(note)}'}}"
    edits = (Edit("note.md", None, note.decode()), Edit(CARD, line, f"{more}\n{line}"))
    assert (look(*edits).path, look(*edits).level) == (PATH, Level.RE_RUN)
    assert look(*edits, evidence=refuting()).path == "note.md"


def refuting() -> Evidence:
    def refute(_: object) -> Any:
        raise NotReached("its baseline is 1", "make it again", is_refuted=True)

    return replace(governed.EVIDENCE_AT_HAND, rederive=refute)


def out_of_reach(_: object) -> Any:
    raise Undecided("reports/whatif.parquet is in no cache and no remote", help="dvc pull")


# ── the checks of packs ──


def check(name: str, subject: Subject) -> Finding:
    found: Finding = plugins.load("compliance.checks", name, "CHECK").look(subject)
    return found


CHECKS = ("explanation_linked", "explanation_re_derived", "explanation_re_run")


def test_a_refuted_explanation_meets_no_check_but_that_it_is_there() -> None:
    subject = replace(governed.subject(), evidence=refuting())
    assert [check(name, subject).status for name in CHECKS] == [Status.FAILED] * 3
    assert check("explanation", subject).status is Status.PRESENT
    assert "its baseline is 1" in check("explanation_re_derived", subject).says


def test_answers_out_of_reach_leave_it_undecided() -> None:
    subject = replace(governed.subject(), evidence=replace(governed.EVIDENCE_AT_HAND, rederive=out_of_reach))
    statuses = [check(name, subject).status for name in CHECKS]
    assert statuses == [Status.PASSED, Status.UNAVAILABLE, Status.UNAVAILABLE]


def test_a_model_that_was_not_run_again_is_not_available_as_such() -> None:
    subject = replace(governed.subject(), evidence=replace(governed.EVIDENCE_AT_HAND, rerun=None))
    found = check("explanation_re_run", subject)
    assert found.status is Status.UNAVAILABLE and "re-run not available" in found.says


def test_of_a_model_without_tabular_features_linked_is_enough() -> None:
    stated = {key: governed.EXPLANATION[key] for key in ("model", "artifact", "data")}
    edits = stating(stated | {"method": "other", "about": "Saliency maps."})
    tabular, images = (
        governed.subject(*edits),
        governed.subject(*edits, Edit(CARD, "tabular-classification", "image-classification")),
    )
    assert check("explanation_re_derived", tabular).status is Status.FAILED
    assert check("explanation_re_derived", images).status is Status.PASSED
    unnamed = governed.subject(*edits, Edit(CARD, "pipeline_tag: tabular-classification\n", ""))
    assert check("explanation_re_derived", unnamed).status is Status.FAILED

"""What a release would be refused for, by the files alone, and what to do about each."""

from __future__ import annotations

from datetime import date

import sample
from cases import cases

from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rule import Edit
from mlops_gitops.repository.snapshot import Snapshot

MODEL, DATA = "models/churn/model.skops", "data/holdout.csv"
NOT_RUN = Edit("dvc.lock", None, None)
ADDED = Edit(f"{MODEL}.dvc", None, f"outs: [{{md5: {'e' * 32}, hash: md5, path: model.skops}}]\n")
TRAINED = Edit("dvc.yaml", ", outs: [models/churn/model.skops]", "")


def _refusals(*edits: Edit) -> list[tuple[str, str]]:
    files = Snapshot(Overlay(sample.edited(edits)))
    refusals = Candidate(files, ("churn",), date(2026, 1, 10)).refusals("churn")
    return [(refusal.message, refusal.help) for refusal in refusals]


@cases(
    "edits, message, help",
    [
        # A stage that has not run: `dvc add` of its output is refused by DVC.
        ((NOT_RUN,), f"{MODEL}: stage train has not run", "dvc repro, commit dvc.lock, then dvc push"),
        ((NOT_RUN,), f"{DATA}: stage evaluate has not run", "dvc repro, commit dvc.lock, then dvc push"),
        ((NOT_RUN, TRAINED), f"DVC does not track {MODEL}", f"dvc add {MODEL}"),
        (
            (NOT_RUN, Edit("dvc.yaml", "[models/churn/model.skops]", "[models/churn]")),
            f"{MODEL} lies in the folder models/churn that DVC tracks as a whole",
            "name it in the outs of stage train, in the place of models/churn",
        ),
        (
            (NOT_RUN, Edit("dvc.yaml", "deps: [models/churn/model.skops], ", "")),
            f"nothing ties {DATA} to {MODEL}: stage evaluate does not read {MODEL}",
            f"add {MODEL} to the deps of stage evaluate in dvc.yaml, then dvc repro",
        ),
        (
            (Edit("models/churn/kpis.yaml", DATA, "data/other.csv"), Edit("data/other.csv", None, "a,b\n")),
            "no DVC stage made data/other.csv",
            "policies: {unlinked_evaluation: allow}",
        ),
        (
            (NOT_RUN, ADDED, Edit("dvc.yaml", None, None), Edit(DATA, None, "a,b\n")),
            f"no DVC stage made {DATA}",
            f"make it in a stage of dvc.yaml with {MODEL} among its deps, or merge into mlops.yaml",
        ),
        (
            (Edit("models/churn/README.md", MODEL, "'To be written: the file'"),),
            "models/churn/README.md does not name the model file yet",
            "write its path as `path:` under `artifacts:`",
        ),
        ((Edit("models/churn/kpis.yaml", None, None),), "models/churn/kpis.yaml is missing or not valid", ""),
        ((Edit("models/churn/README.md", "limited", "prohibited"),), "the risk class prohibited", ""),
    ],
)
def test_a_refusal_that_release_would_only_make_after_the_merge(
    edits: tuple[Edit, ...], message: str, help: str
) -> None:
    refusals = _refusals(*edits)
    assert any(message in said and help in advised for said, advised in refusals), refusals
    assert len({said for said, _ in refusals}) == len(refusals), "each once"


def test_a_model_that_could_be_released_is_not_refused() -> None:
    assert _refusals() == []

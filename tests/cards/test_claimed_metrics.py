"""What a card claims, compared with what was measured: digits are no cover, and what is not a number is no answer."""

from __future__ import annotations

from cases import cases

from mlops_gitops.cards.claimed_metrics import agrees, canonical_metric, claim_matches, claims_hold, read_claims
from mlops_gitops.documents.read_document import parse


def _card(*values: str, sets: tuple[str, ...] = ()) -> str:
    results = "".join(
        f"\n    - {{task: {{type: t}}, dataset: {{type: d, name: {name}}},"
        f" metrics: [{{type: accuracy, value: {value}}}]}}"
        for value, name in zip(values, sets or ("D",) * len(values), strict=True)
    )
    return f"---\nmodel-index:\n- name: m\n  results:{results}\n---\n"


@cases("written", ["0.91", "0.912", "0.9123", "'0.912'", "91.2%", "'91.23 %'", "9.12e-1", "0.9"])
def test_a_number_agrees_within_its_last_digit(written: str) -> None:
    (claim,) = read_claims(parse("a.md", _card(written).encode()))
    assert agrees(claim, 0.91234)


@cases(
    "written",
    [
        "0.92",
        "0.913",
        "91.2",
        "1",
        "1.",
        "1e0",
        "0e9",
        "true",
        "[0.912]",
        "{a: 0.912}",
        "~0.912",
        "'0,912'",
        "0.91±0.01",
    ],
)
def test_what_does_not_agree(written: str) -> None:
    (claim,) = read_claims(parse("a.md", _card(written).encode()))
    assert not agrees(claim, 0.91234)


def test_one_true_number_covers_no_other_of_the_same_data_set() -> None:
    same = list(read_claims(parse("a.md", _card("0.91", "0.99").encode())))
    apart = list(read_claims(parse("a.md", _card("0.91", "0.99", sets=("Ours", "Public")).encode())))
    assert not claims_hold(same, [0.912]) and claims_hold(apart, [0.912])


@cases("name", ["ROC-AUC", "auc", "test_roc_auc", "roc_auc (test)", "AUROC", "val.auc"])
def test_spellings_of_one_metric(name: str) -> None:
    assert canonical_metric(name) == "rocauc"
    assert canonical_metric("train_auc") != "rocauc"


def test_a_capped_metric_is_another_one() -> None:
    assert claim_matches("MAE", "error", "mean_absolute_error") and claim_matches("error", "error", "r2")
    capped = "mean_absolute_error capped at 1.5"
    assert claim_matches("MAE capped at 1.5", "mae", capped)
    for claimed in ("MAE", "mae capped at 15", "mean_absolute_error"):
        assert not claim_matches(claimed, "mae", capped), claimed

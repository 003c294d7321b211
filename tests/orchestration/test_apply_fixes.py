"""Safe fixes: what is written is the fix and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
import sample
from house import Repository

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.diagnostics import Diagnostic, Fix, Replacement, Severity, Span
from mlops_gitops.documents.tree import WorkTree
from mlops_gitops.orchestration.apply_fixes import apply_fixes, edited_text
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD = "models/churn/README.md"


def _fixed(root: Path, **changes: str) -> dict[str, tuple[str, str]]:
    """What --fix makes of the sample with other files in it: path → text before and after."""
    for path, data in sample.files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    for path, text in changes.items():
        (root / path).write_bytes(text.encode())
    before = {path: (root / path).read_bytes().decode() for path in sample.files()}
    tree = WorkTree(str(root))
    apply_fixes(str(root), tree, validate(Context(Snapshot(tree), sample.TODAY), Scope.TREE))
    after = {path: (root / path).read_bytes().decode() for path in sample.files()}
    return {path: (text, after[path]) for path, text in before.items() if text != after[path]}


def _lines(text: tuple[str, str]) -> list[tuple[str, str]]:
    """The lines that differ."""
    before, after = text[0].splitlines(), text[1].splitlines()
    return [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_licence_is_written_the_hub_s_way(tmp_path: Path, newline: str) -> None:
    text = sample.CARD.replace("license: apache-2.0", "license:  Apache 2.0   # ours").replace("\n", newline)
    changed = _fixed(tmp_path, **{CARD: text})
    assert set(changed) == {CARD}
    assert _lines(changed[CARD]) == [("license:  Apache 2.0   # ours", "license:  apache-2.0   # ours")]
    assert changed[CARD][1].count(newline) == text.count(newline)


def test_a_number_that_must_be_text_is_quoted(tmp_path: Path) -> None:
    text = sample.CARD.replace("name: Alice", "name: 007")
    (pair,) = _lines(_fixed(tmp_path, **{CARD: text})[CARD])
    assert pair[1] == pair[0].replace("name: 007", 'name: "007"')


def test_what_would_be_wrong_in_quotes_too_is_not_quoted(tmp_path: Path) -> None:
    path = "environments/staging/churn.yaml"
    assert _fixed(tmp_path, **{path: sample.files()[path].decode().replace('"1.0.0"', "1.10")}) == {}


def test_a_blank_digest_is_filled_in(tmp_path: Path) -> None:
    text = sample.CARD.replace(
        "[{path: models/churn/model.skops}]", "\n    - path: models/churn/model.skops\n      md5:"
    )
    digest = "b" * 31 + "1"
    assert _lines(_fixed(tmp_path, **{CARD: text})[CARD]) == [("      md5:", f'      md5: "{digest}"')]


def test_evidence_is_pinned_in_braces_and_in_a_block(tmp_path: Path) -> None:
    digest = sha256(sample.PIPELINE.encode())
    flow = "  evidence: [{id: a, type: evaluation, path: dvc.yaml}]\nmlops_end"
    text = sample.CARD.replace("  limitations: One country.\n", f"  limitations: One country.\n{flow}")
    text = text.replace("mlops_end", "")
    (pair,) = _lines(_fixed(tmp_path, **{CARD: text})[CARD])
    assert pair[1] == f'  evidence: [{{id: a, type: evaluation, path: dvc.yaml, sha256: "{digest}"}}]'
    block = "  evidence:\n    - id: a\n      type: evaluation\n      path: dvc.yaml  # the pipeline\n"
    text = sample.CARD.replace("  limitations: One country.\n", f"  limitations: One country.\n{block}")
    before, after = _fixed(tmp_path, **{CARD: text})[CARD]
    assert after == before.replace("      path: dvc.yaml", f'      sha256: "{digest}"\n      path: dvc.yaml')


def test_fixes_that_overlap_wait_for_the_next_run() -> None:
    one, other = (
        Fix("one", (Replacement(Span("a", 1, 1, 1, 3), "x"),)),
        Fix("other", (Replacement(Span("a", 1, 2, 1, 4), "y"),)),
    )
    assert edited_text("abcd\n", [one, other]) == ("xcd\n", [one])
    assert edited_text("\ufeffabcd\n", [one]) == ("\ufeffxcd\n", [one])


def test_the_command_says_what_it_mended_and_judges_again(repository: Repository) -> None:
    repository.edit(CARD, "license: apache-2.0", "license: Apache-2.0")
    assert "did you mean 'apache-2.0'?" in repository.ok("validate").out
    answer = repository.ok("validate", "--fix")
    assert answer.err == f"fixed {CARD}:2:10: write apache-2.0 for Apache-2.0\n"
    assert answer.out == "3 files checked: 0 errors, 0 warnings\n"
    assert repository.ok("validate", "--fix").err == ""


def test_what_cannot_be_mended_safely_is_left(repository: Repository) -> None:
    repository.edit(CARD, "class: limited", "class: limitd")
    before = (repository.root / CARD).read_bytes()
    assert repository.run("validate", "--fix", CARD).code == 1
    assert (repository.root / CARD).read_bytes() == before


def _bad_fix(path: str, text: str) -> Diagnostic:
    fix = Fix("break it", (Replacement(Span(path, 1, 1, 1, 1), text),))
    return Diagnostic("rule", Severity.WARNING, "wrong", Span(path, 1, 1, 1, 2), fix=fix)


def test_one_file_is_fixed_as_a_whole_or_not_at_all_and_others_are_fixed(tmp_path: Path) -> None:
    texts = {"a.yaml": "a: 1\n", "b.yaml": "b: 1\n", "c.yaml": "c: 1\n"}
    for path, text in texts.items():
        (tmp_path / path).write_text(text)
    found = [_bad_fix("a.yaml", "x: 0\n"), _bad_fix("b.yaml", "x: 0\n"), _bad_fix("c.yaml", "x: 0\n")]
    broken = Fix("break it", (Replacement(Span("b.yaml", 1, 4, 1, 5), "["),))
    found.insert(1, Diagnostic("rule", Severity.WARNING, "wrong", Span("b.yaml", 1, 4, 1, 5), fix=broken))
    fixed = apply_fixes(str(tmp_path), WorkTree(str(tmp_path)), found)
    assert [line.split(":")[0] for line in fixed.done] == ["a.yaml", "c.yaml"]
    (left,) = fixed.left
    assert left.startswith("b.yaml: ") and "by hand" in left
    assert {path: (tmp_path / path).read_text() for path in texts} == {
        "a.yaml": "x: 0\na: 1\n", "b.yaml": "b: 1\n", "c.yaml": "x: 0\nc: 1\n",
    }  # fmt: skip


def test_what_has_an_alias_is_left_and_the_rest_is_fixed_and_reported(repository: Repository) -> None:
    repository.edit(CARD, "license: apache-2.0", "license: &l Apache-2.0\nx: *l\npipeline_tag: Fill Mask")
    repository.edit("models/churn/kpis.yaml", "id: roc-auc", "id: 007")
    answer = repository.run("validate", "--fix")
    assert answer.code == 0
    assert [line.split(": ")[1] for line in answer.err.splitlines()] == [
        "write fill-mask for Fill Mask", "put 007 in quotes",
    ]  # fmt: skip
    card = (repository.root / CARD).read_text()
    assert "license: &l Apache-2.0\nx: *l\npipeline_tag: fill-mask\n" in card
    assert "Apache-2.0" in answer.out
    assert repository.run("validate", "--fix").err == ""


def test_what_is_let_pass_is_not_mended(repository: Repository) -> None:
    comment = "# mlops-gitops: ignore[hub-metadata] because the lawyers write it so"
    repository.edit(CARD, "license: apache-2.0", f"license: Apache-2.0  {comment}")
    assert repository.ok("validate", "--fix").err == ""


def test_a_link_beside_the_file_is_not_written_through(repository: Repository) -> None:
    victim = repository.root.parent / "victim.txt"
    victim.write_text("mine\n")
    (repository.root / f"{CARD}.part").symlink_to(victim)
    repository.edit(CARD, "license: apache-2.0", "license: Apache-2.0")
    repository.ok("validate", "--fix", CARD)
    assert victim.read_text() == "mine\n"
    assert "license: apache-2.0\n" in (repository.root / CARD).read_text()
    assert not (repository.root / CARD).is_symlink()

"""version-order: which version may follow which."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sample
from cases import cases
from house import Repository
from messages import lacking

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy.rules.version_order import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

MANIFEST = sample.files()["releases/churn/1.1.0.yaml"].decode()


def _tree(versions: Sequence[str], model: str = "churn") -> dict[str, bytes]:
    text = MANIFEST.replace("supersedes:", "# supersedes:").replace("model: churn", f"model: {model}", 1)
    return {f"releases/{model}/{version}.yaml": text.replace("1.1.0", version).encode() for version in versions}


def _found(before: Sequence[str], new: str, *, based: bool = True) -> list[Diagnostic]:
    old, head = _tree(before), _tree([*before, new])
    changes = dict.fromkeys(set(head) - set(old), "A")
    base = Snapshot(Overlay(old)) if based else None
    return list(RULE.check(Context(Snapshot(Overlay(head)), date(2026, 1, 1), base, changes=changes)))


FINE = [
    ([], "0.1.0"),
    (["1.3.2", "1.4.0"], "1.3.3"),
    (["1.3.2", "1.4.0"], "1.4.1"),
    (["1.3.2", "1.4.0"], "1.5.0"),
    (["1.3.2", "1.4.0"], "2.0.0-rc.1"),
    (["1.9.0"], "1.10.0"),
    (["1.9.9"], "1.9.10"),
    (["1.4.0-rc.1"], "1.4.0"),
    (["1.4.0-rc.2"], "1.4.0-rc.10"),
    (["1.4.0-alpha"], "1.4.0-beta"),
    (["1.1.0", "2.0.0-rc.1"], "1.2.0"),  # what is only tried closes no line
]
WRONG = [
    (["1.3.2", "1.4.0"], "1.2.0", ("churn 1.2.0", "opens the line 1.2", "below 1.4.0")),
    (["1.3.2", "1.4.0"], "1.3.1", ("churn 1.3.1", "not above 1.3.2", "line 1.3")),
    (["1.4.0"], "1.4.0-rc.1", ("churn 1.4.0-rc.1", "not above 1.4.0", "line 1.4")),
    (["1.4.0-rc.10"], "1.4.0-rc.9", ("churn 1.4.0-rc.9", "not above 1.4.0-rc.10", "line 1.4")),
    (["1.10.0"], "1.9.0", ("churn 1.9.0", "opens the line 1.9", "below 1.10.0")),
]


@cases("based", [True, False])
@cases("before, new", FINE)
def test_versions_that_grow(before: list[str], new: str, based: bool) -> None:
    assert _found(before, new, based=based) == []


@cases("based", [True, False])
@cases("before, new, facts", WRONG)
def test_versions_that_do_not(before: list[str], new: str, facts: tuple[str, ...], based: bool) -> None:
    (found,) = _found(before, new, based=based)
    assert found.span.path == f"releases/churn/{new}.yaml" and not lacking(found.message, *facts)
    assert (found.span.line, found.help.startswith("take a version above")) == (4, True)


def test_another_model_has_versions_of_its_own() -> None:
    head = _tree(["1.0.0"]) | _tree(["9.0.0"], "other")
    changes = {"releases/churn/1.0.0.yaml": "A"}
    assert list(RULE.check(Context(Snapshot(Overlay(head)), date(2026, 1, 1), changes=changes))) == []


def test_release_refuses_early_in_the_same_words(repository: Repository) -> None:
    repository.release("1.1.0")
    for words in (["1.0.0"], ["1.0.0", "--local"]):
        answer = repository.run("release", "churn", *words)
        assert (answer.code, lacking(answer.out, "churn 1.0.0", "below 1.1.0")) == (1, [])
    repository.retrain(46)
    repository.ok("release", "churn", "1.1.1")

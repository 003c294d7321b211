"""Every rule's own examples: what it accepts, and what it finds fault with."""

from __future__ import annotations

import json

import pytest
import sample
from cases import cases

from mlops_gitops.core import plugins
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.policy import engine
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import KINDS, Snapshot

RULES: list[Rule] = list(plugins.all_of("policy.rules", "RULE"))
OF_ONE_FILE = [rule for rule in RULES if rule.scope is Scope.FILE]
OK = [pytest.param(rule, edits, id=f"{rule.id}-{n}") for rule in RULES for n, edits in enumerate(((), *rule.ok))]
BAD = [pytest.param(rule, edits, id=f"{rule.id}-{n}") for rule in RULES for n, edits in enumerate(rule.bad)]


@cases("name", plugins.names("policy.rules"))
def test_a_rule_is_named_after_its_file_and_says_what_it_asks(name: str) -> None:
    rule: Rule = plugins.load("policy.rules", name, "RULE")
    assert rule.id == name.replace("_", "-")
    assert (rule.summary or "").rstrip().endswith(".")


@cases("rule", [rule for rule in RULES if not rule.bad])
def test_only_rules_about_receipts_people_and_the_past_have_no_example_here(rule: Rule) -> None:
    assert rule.scope >= Scope.DATA or rule.id in (
        "unproven-decision",
        "holdout-wear",
        "rollout-overlap",
        "rollout-paused",
        "roster-shrunk",
    )


@cases("rule, edits", OK)
def test_a_rule_accepts(rule: Rule, edits: tuple[Edit, ...]) -> None:
    found = [d for d in rule.check(sample.context(sample.edited(edits))) if d.severity == "error"]
    assert found == []


@cases("rule, edits", BAD)
def test_a_rule_finds_fault_at_a_place(rule: Rule, edits: tuple[Edit, ...]) -> None:
    found = list(rule.check(sample.context(sample.edited(edits))))
    assert found, "the rule found nothing"
    for diagnostic in found:
        assert diagnostic.rule == rule.id
        assert diagnostic.span.line >= 1 and diagnostic.span.column >= 1
        assert "\n" not in diagnostic.message


@cases("rule, edits", BAD)
def test_a_fault_of_a_record_is_found_beside_a_second_record(rule: Rule, edits: tuple[Edit, ...]) -> None:
    """A merge that turns a line round brings several records at once."""
    files = sample.edited(edits)
    known = {found.span.path for found in rule.check(sample.context(files))}
    new = {path for path in known if path.startswith("promotions/") and path not in sample.files()}
    for path in new:
        data = json.loads(files[path])
        data["predicate"]["sequence"] = 99
        second = {f"{path.rpartition('/')[0]}/0099.json": json.dumps(data).encode()}
        assert path in {found.span.path for found in rule.check(sample.context({**files, **second}))}


@cases("edits", [pytest.param((), id="sample"), *(pytest.param(p.values[1], id=p.id) for p in BAD)])
def test_what_is_found_in_one_file_alone_is_what_the_whole_tree_finds_in_it(edits: tuple[Edit, ...]) -> None:
    tree = Overlay(sample.edited(edits))
    whole = Snapshot(tree)
    everywhere = engine.run_rules(Context(whole, sample.TODAY), OF_ONE_FILE)
    expected = sorted((finding for finding in everywhere if finding.span.path in whole.index), key=str)
    found = []
    for path, kind in whole.index.items():
        alone = Context(engine.snapshot_of_paths(tree, [path]), sample.TODAY)
        found += [
            d for d in engine.run_rules(alone, engine.select_rules(Scope.FILE, {kind.name})) if d.span.path == path
        ]
    assert sorted(found, key=str) == expected


@cases("kinds", [None, *([kind.name] for kind in KINDS), ["KPIs", "Project"]])
@cases("scope", Scope)
def test_the_sources_say_of_the_rules_what_the_rules_say(scope: Scope, kinds: list[str] | None) -> None:
    within = [rule for rule in RULES if rule.scope <= scope]
    asked = [rule for rule in within if not rule.kinds or kinds is None or set(kinds) & set(rule.kinds)]
    assert [rule.id for rule in engine.select_rules(scope, kinds)] == [rule.id for rule in asked]
    assert {kind for rule in RULES for kind in rule.kinds} <= {kind.name for kind in KINDS}


def test_a_comment_that_ignores_nothing_is_told_whatever_kind_its_rule_is_about() -> None:
    path = "releases/churn/1.0.0.yaml"
    comment = "# mlops-gitops: ignore[card-links] because it was a card\n"
    text = sample.files()[path].decode()
    tree = Overlay(sample.edited((Edit(path, text, comment + text),)))
    found = engine.validate(Context(engine.snapshot_of_paths(tree, [path]), sample.TODAY), Scope.FILE)
    assert [diagnostic.message for diagnostic in found] == ["card-links warns of nothing here"]

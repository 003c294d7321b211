"""Settings: tokens by their prefix, tags by their patterns, and two sources of protection of which one is not read."""

from __future__ import annotations

import sound
from cases import cases

from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.settings import (
    APP,
    NONE,
    OTHER,
    PERSON,
    Actor,
    BranchRules,
    RefRules,
    Reviews,
    Unknown,
    token_kind,
)


@cases(
    "token, kind",
    [("", NONE), ("ghs_x", APP), ("ghp_x", PERSON), ("github_pat_x", PERSON), ("gho_x", PERSON), ("ghu_x", PERSON),
     ("0123456789abcdef", OTHER)],
)  # fmt: skip
def test_a_token_is_told_by_its_prefix(token: str, kind: str) -> None:
    assert token_kind(token) == kind


@cases(
    "pattern, tag, covered",
    [
        ("~ALL", "x/y", True),
        ("refs/tags/*", "churn@v1.0.0", True),
        ("refs/tags/*", "mlops-gitops/decision/x", False),
        ("refs/tags/**/*", "mlops-gitops/decision/x", True),
        ("refs/tags/**/*", "x", True),
        ("refs/tags/*@v*", "churn@v1.0.0", True),
        ("refs/tags/*#*#*", "churn#staging#1", True),
        ("refs/tags/*#*#*", "churn@v1.0.0", False),
        ("refs/tags/churn@v?.*", "churn@v1.0.0", True),
        ("refs/tags/[a-d]hurn@v*", "churn@v1.0.0", True),
        ("refs/tags/[d-z]hurn@v*", "churn@v1.0.0", False),
        ("refs/tags/[z-a]hurn@v*", "churn@v1.0.0", False),
        ("refs/tags/churn.v1", "churn@v1", False),
        ("*", "churn@v1.0.0", False),
    ],
)
def test_the_tags_a_ruleset_is_about(pattern: str, tag: str, covered: bool) -> None:
    assert RefRules("x", "tag", (pattern,), (), frozenset(), ()).covers(f"refs/tags/{tag}") is covered
    assert not RefRules("x", "tag", (pattern,), ("~ALL",), frozenset(), ()).covers(f"refs/tags/{tag}")
    assert not RefRules("x", "branch", (pattern,), (), frozenset(), ()).covers(f"refs/tags/{tag}")


@cases(
    "pattern, covered",
    [("~ALL", True), ("refs/heads/mlops-gitops/*", True), ("refs/heads/**/*", True), ("refs/heads/*", False),
     ("refs/heads/mlops-gitops/monitoring", True), ("~DEFAULT_BRANCH", False), ("refs/tags/**/*", False)],
)  # fmt: skip
def test_the_branches_a_ruleset_is_about(pattern: str, covered: bool) -> None:
    ref = "refs/heads/mlops-gitops/monitoring"
    assert RefRules("x", "branch", (pattern,), (), frozenset(), ()).covers(ref) is covered
    assert not RefRules("x", "tag", (pattern,), (), frozenset(), ()).covers(ref)


def test_what_one_source_asks_for_is_asked_for_and_what_none_that_was_read_does_may_be() -> None:
    bare, asking = BranchRules("bare"), BranchRules("asking", Reviews(1, True, True, True))
    unread = Unknown("not told")

    def holds(rulesets: object, protection: object) -> object:
        settings = replace(sound.SETTINGS, rulesets=rulesets, protection=protection)  # type: ignore[arg-type]
        return settings.holds(lambda rules: rules.reviews is not None)

    assert holds(bare, asking) is True and holds(asking, None) is True and holds(asking, unread) is True
    assert holds(bare, None) is False and holds(bare, bare) is False
    assert holds(bare, unread) == unread and holds(unread, None) == unread


@cases(
    "actor, name",
    [
        (Actor("Integration", 254), "App 254"),
        (Actor("RepositoryRole", 5), "administrators"),
        (Actor("OrganizationAdmin", 1), "owners of the organization"),
        (Actor("DeployKey", None), "any deploy key"),
        (Actor("Team", 7), "Team 7"),
    ],
)
def test_an_actor_has_a_name_people_know(actor: Actor, name: str) -> None:
    assert str(actor) == name

"""GitHub's answers about settings, as its OpenAPI description has them, into ours.

Each function takes parsed JSON, and raises KeyError, TypeError, ValueError or AttributeError for what is not so.
"""

from __future__ import annotations

from typing import Any

from mlops_gitops.forges.settings import (
    ActionsPermissions,
    Actor,
    BranchRules,
    Limit,
    Merging,
    Queue,
    RefRules,
    Repository,
    Required,
    Reviews,
    Unknown,
)

LINEAR = frozenset({"squash", "rebase"})  # the ways of merging that make no merge commit


def repository(data: Any) -> Repository:
    """The repository; GitHub shows how it merges only to writers."""
    merging: Merging | Unknown = Unknown("the token lacks contents: write, without which they are not shown")
    if "allow_squash_merge" in data and "squash_merge_commit_message" in data:
        named = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}
        merging = Merging(
            frozenset(name for name, key in named.items() if data[key]),
            str(data.get("squash_merge_commit_title")),
            str(data["squash_merge_commit_message"]),
            bool(data.get("delete_branch_on_merge")),
        )
    return Repository(data["full_name"], data["default_branch"], bool(data["private"]), merging)


def actions_permissions(data: Any) -> ActionsPermissions:
    """What Actions may do."""
    return ActionsPermissions(data["default_workflow_permissions"], bool(data["can_approve_pull_request_reviews"]))


def workflow_states(data: Any) -> dict[str, str]:
    """The state of each workflow, by its path."""
    return {workflow["path"]: workflow["state"] for workflow in data}


def environment_limits(data: Any) -> dict[str, Limit | None]:
    """Whether each environment is for protected branches, for some names, which another answer has, or for all."""
    policies = {environment["name"]: environment["deployment_branch_policy"] for environment in data}
    return {
        name: None if policy is None else Limit(bool(policy["protected_branches"])) for name, policy in policies.items()
    }


def environment_limit(data: Any) -> Limit:
    """The names of branches and tags that may use an environment; older servers know of branches alone."""
    found = [(str(policy["name"]), policy.get("type") == "tag") for policy in data]
    return Limit(False, tuple(name for name, tag in found if not tag), tuple(name for name, tag in found if tag))


def owners_errors(data: Any) -> tuple[str, ...]:
    """The lines of CODEOWNERS that GitHub does not understand."""
    return tuple(f"line {error['line']}: {error['kind']} {error.get('source', '')}".strip() for error in data["errors"])


def branch_rules(data: Any, branch: str) -> BranchRules:
    """All rules that apply to a branch, as one; another answer has who can bypass them."""
    pulls = [rule.get("parameters") or {} for rule in data if rule["type"] == "pull_request"]
    checks = [rule["parameters"] for rule in data if rule["type"] == "required_status_checks"]
    named = [required for check in checks for required in check["required_status_checks"]]
    types = {rule["type"] for rule in data}
    allowed = [parameters.get("allowed_merge_methods") for parameters in pulls]
    limits = [frozenset(methods) for methods in allowed if methods]
    limits += [LINEAR] if "required_linear_history" in types else []
    return BranchRules(
        f"the rulesets on {branch}",
        _reviews(pulls, ("dismiss_stale_reviews_on_push", "require_last_push_approval", "require_code_owner_review")),
        tuple(Required(check["context"], check.get("integration_id")) for check in named),
        no_deletion="deletion" in types,
        no_force_push="non_fast_forward" in types,
        up_to_date=any(_is_strict(check, "strict_required_status_checks_policy", "required_status_checks")
                       for check in checks),
        methods=frozenset.intersection(*limits) if limits else None,
    )  # fmt: skip


def _reviews(rules: list[Any], names: tuple[str, str, str]) -> Reviews | None:
    """Of several rules all hold: the strictest of each."""
    if not rules:
        return None
    stale, last, owners = (any(bool(rule.get(name)) for rule in rules) for name in names)
    return Reviews(max(int(rule.get("required_approving_review_count") or 0) for rule in rules), stale, last, owners)


def merge_queue(data: Any) -> Queue | None:
    """The merge queue among the rules of a branch; of several the largest sizes."""
    queues = [rule["parameters"] for rule in data if rule["type"] == "merge_queue"]
    keys = ("max_entries_to_build", "min_entries_to_merge", "max_entries_to_merge")
    return Queue(*(max(int(parameters[key]) for parameters in queues) for key in keys)) if queues else None


def bypass_actors(data: Any) -> list[tuple[Actor, bool]] | Unknown:
    """Who can bypass a ruleset, and whether in pull requests only; GitHub shows it to those who can change it."""
    if "bypass_actors" not in data:
        return Unknown("the token lacks administration: write, without which its bypass list is not shown")
    return [
        (Actor(actor["actor_type"], actor.get("actor_id")), actor.get("bypass_mode") == "pull_request")
        for actor in data["bypass_actors"]
    ]


def ref_rules(data: Any) -> list[RefRules]:
    """The ruleset, when it is an active one on tags or on branches."""
    if data["target"] not in ("tag", "branch") or data["enforcement"] != "active":
        return []
    refs = (data.get("conditions") or {}).get("ref_name") or {}
    actors = bypass_actors(data)
    restricts = frozenset({"creation", "update", "deletion"} & {rule["type"] for rule in data["rules"]})
    through = actors if isinstance(actors, Unknown) else tuple(actor for actor, _ in actors)
    include, exclude = (tuple(refs.get(part, ())) for part in ("include", "exclude"))
    return [RefRules(data["name"], data["target"], include, exclude, restricts, through)]


def classic_protection(data: Any, branch: str) -> BranchRules:
    """Classic branch protection. What it does not say is taken for open."""
    reviews = data.get("required_pull_request_reviews")
    checks = data.get("required_status_checks") or {}
    named = checks.get("checks") or [{"context": name} for name in checks.get("contexts", ())]
    allowed = (reviews or {}).get("bypass_pull_request_allowances") or {}
    actors = [actor for kind in ("users", "teams", "apps") for actor in allowed.get(kind, ())]
    through = [str(actor.get("login") or actor.get("slug")) for actor in actors]
    through += [] if _on(data, "enforce_admins", False) else ["administrators"]
    names = ("dismiss_stale_reviews", "require_last_push_approval", "require_code_owner_reviews")
    return BranchRules(
        f"the classic protection of {branch}",
        _reviews([reviews] if reviews is not None else [], names),
        tuple(Required(check["context"], _app(check.get("app_id"))) for check in named),
        no_deletion=not _on(data, "allow_deletions", True),
        no_force_push=not _on(data, "allow_force_pushes", True),
        up_to_date=_is_strict(checks, "strict", "checks") or _is_strict(checks, "strict", "contexts"),
        methods=LINEAR if _on(data, "required_linear_history", False) else None,
        bypass=tuple(through),
    )  # fmt: skip


def _is_strict(checks: Any, switch: str, named: str) -> bool:
    """Whether the branch must be up to date: GitHub lets the switch take effect with at least one check alone."""
    return bool(checks.get(switch)) and bool(checks.get(named))


def _on(data: Any, name: str, unsaid: bool) -> bool:
    """A switch; `unsaid` is its value where GitHub leaves it out."""
    switch = data.get(name)
    return unsaid if switch is None else bool(switch["enabled"])


def _app(id: Any) -> int | None:
    return id if isinstance(id, int) and id > 0 else None  # -1 is anybody

"""GitHub's settings, read from a loopback server whose answers have the shapes of GitHub's OpenAPI description."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from house import Repository as House

from mlops_gitops.forges.settings import (
    PERSON,
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
    Settings,
    Unknown,
)
from mlops_gitops.github.settings import read_settings

TOKEN = "ghp_0123456789abcdefghijklmnopqrstuvwxyz"
HERE = "/repos/octo-org/octo-repo"
_RULESET = {"ruleset_source_type": "Repository", "ruleset_source": "octo-org/octo-repo", "ruleset_id": 42}
_PULLS = {"dismiss_stale_reviews_on_push": True, "require_code_owner_review": False, "require_last_push_approval": True,
          "required_approving_review_count": 1, "required_review_thread_resolution": False,
          "allowed_merge_methods": ["merge", "squash"]}  # fmt: skip
_CHECKS = {"strict_required_status_checks_policy": True, "required_status_checks": [
    {"context": "mlops-gitops/promotion", "integration_id": 254}, {"context": "test (3.11)"}]}  # fmt: skip
_QUEUE = {"check_response_timeout_minutes": 60, "grouping_strategy": "ALLGREEN", "max_entries_to_build": 5,
          "max_entries_to_merge": 4, "merge_method": "MERGE", "min_entries_to_merge": 1,
          "min_entries_to_merge_wait_minutes": 5}  # fmt: skip
RULES = [
    {"type": "deletion", **_RULESET},
    {"type": "non_fast_forward", **_RULESET},
    {"type": "pull_request", "parameters": _PULLS, **_RULESET},
    {"type": "pull_request", **_RULESET, "ruleset_id": 73, "parameters": {
        **_PULLS, "require_code_owner_review": True, "required_approving_review_count": 2,
        "allowed_merge_methods": ["squash", "rebase"]}},
    {"type": "required_status_checks", "parameters": _CHECKS, **_RULESET},
    {"type": "merge_queue", "parameters": _QUEUE, **_RULESET},
]  # fmt: skip


def _ruleset(id: int, **other: object) -> dict[str, object]:
    value = {"id": id, "name": "super cool ruleset", "target": "branch", "source_type": "Repository",
           "source": "octo-org/octo-repo", "enforcement": "active", "node_id": "RRS_x", "rules": [],
           "bypass_actors": [{"actor_id": 234, "actor_type": "Team", "bypass_mode": "always"}],
           "conditions": {"ref_name": {"include": ["refs/heads/main"], "exclude": []}}}  # fmt: skip
    return value | other


_TAGS = _ruleset(
    7, target="tag", name="receipts", rules=[{"type": "creation"}, {"type": "update"}, {"type": "required_signatures"}],
    bypass_actors=[{"actor_id": 254, "actor_type": "Integration", "bypass_mode": "always"}],
    conditions={"ref_name": {"include": ["refs/tags/*@v*"], "exclude": ["refs/tags/x*"]}},
)  # fmt: skip
_WORKFLOW = {"id": 161335, "node_id": "x", "name": "CI", "path": ".github/workflows/blank.yaml", "state": "active"}
_ENVIRONMENT = {"id": 161088068, "node_id": "x", "name": "mlops gitops/1", "url": "https://api.github.com/x",
                "html_url": "https://github.com/x", "created_at": "2020-11-23T22:00:40Z",
                "updated_at": "2020-11-23T22:00:40Z",
                "protection_rules": [{"id": 3755, "node_id": "x", "type": "branch_policy"}]}  # fmt: skip
_POLICIES = f"{HERE}/environments/mlops%20gitops%2F1/deployment-branch-policies"
_LISTED = ("id", "name", "target", "source_type", "source", "enforcement", "node_id")


def _missing(message: str = "Not Found") -> tuple[int, object]:
    return 404, {"message": message, "documentation_url": "https://docs.github.com/rest"}


FORBIDDEN = 403, {"message": "Resource not accessible by integration", "documentation_url": "https://docs.github.com"}
ANSWERS: dict[str, tuple[int, object]] = {
    HERE: (200, {"id": 1296269, "full_name": "octo-org/octo-repo", "private": False, "default_branch": "master",
                 "allow_rebase_merge": False, "allow_squash_merge": True, "allow_merge_commit": True,
                 "delete_branch_on_merge": True, "squash_merge_commit_title": "PR_TITLE",
                 "squash_merge_commit_message": "PR_BODY"}),
    f"{HERE}/rules/branches/main": (200, RULES),
    f"{HERE}/rulesets": (200, [{k: _TAGS[k] for k in _LISTED}, {**{k: _TAGS[k] for k in _LISTED}, "id": 8,
                                                              "enforcement": "evaluate"},
                                {k: _ruleset(42)[k] for k in _LISTED}]),
    f"{HERE}/rulesets/42": (200, _ruleset(42)),
    f"{HERE}/rulesets/73": (200, _ruleset(73, bypass_actors=[
        {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "pull_request"}])),
    f"{HERE}/rulesets/7": (200, _TAGS),
    f"{HERE}/branches/main/protection": _missing("Branch not protected"),
    f"{HERE}/actions/permissions/workflow": (200, {"default_workflow_permissions": "read",
                                                   "can_approve_pull_request_reviews": True}),
    f"{HERE}/actions/workflows": (200, {"total_count": 2, "workflows": [
        _WORKFLOW, {**_WORKFLOW, "path": ".github/workflows/linter.yaml", "state": "disabled_inactivity"}]}),
    f"{HERE}/codeowners/errors": (200, {"errors": [
        {"line": 3, "column": 1, "kind": "Invalid pattern", "source": "***/*.rb @monalisa", "message": "three\nlines",
         "suggestion": "Did you mean `**/*.rb`?", "path": ".github/CODEOWNERS"}]}),
    "/apps/github-actions": (200, {"id": 15368, "slug": "github-actions"}),
    f"{HERE}/environments": (200, {"total_count": 3, "environments": [
        {**_ENVIRONMENT, "deployment_branch_policy": {"protected_branches": False, "custom_branch_policies": True}},
        {**_ENVIRONMENT, "name": "preview", "protection_rules": [], "deployment_branch_policy": None},
        {**_ENVIRONMENT, "name": "production",
         "deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False}}]}),
    _POLICIES: (200, {"total_count": 2, "branch_policies": [
        {"id": 361471, "node_id": "x", "name": "main"}, {"id": 361472, "node_id": "x", "name": "v*", "type": "tag"}]}),
}  # fmt: skip


class Contract(ThreadingHTTPServer):
    """Answers what was recorded; anything else is 404. It keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = dict(ANSWERS)
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Contract

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path))
        status, body = self.server.answers.get(urlsplit(self.path).path, _missing())
        data = body if isinstance(body, bytes) else json.dumps(_page(body, self.path)).encode()
        more = isinstance(body, list) and _start(self.path) + 100 < len(body)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        if more:
            page = _start(self.path) // 100 + 2
            self.send_header("Link", f'<{self.server.url}/elsewhere?per_page=100&page={page}>; rel="next"')
        self.end_headers()
        self.wfile.write(data)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""


def _start(path: str) -> int:
    return (int(dict(parse_qsl(urlsplit(path).query)).get("page", 1)) - 1) * 100


def _page(body: Any, path: str) -> Any:
    """The second page of a list is what is beyond a hundred."""
    return body[_start(path) : _start(path) + 100] if isinstance(body, list) else body


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    server = Contract()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("GITHUB_SERVER_URL", server.url)
    monkeypatch.setenv("GITHUB_API_URL", server.url)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def _read(github: Contract, branch: str = "main") -> Settings:
    return read_settings("octo-org/octo-repo", branch)


def test_recorded_contract_everything_is_read(github: Contract) -> None:
    methods = frozenset({"merge", "squash"})
    assert _read(github) == Settings(
        repository=Repository("octo-org/octo-repo", "master", False, Merging(methods, "PR_TITLE", "PR_BODY", True)),
        rulesets=BranchRules(
            "the rulesets on main",
            Reviews(2, dismiss_stale=True, last_push=True, code_owners=True),
            (Required("mlops-gitops/promotion", 254), Required("test (3.11)", None)),
            no_deletion=True,
            no_force_push=True,
            up_to_date=True,
            methods=frozenset({"squash"}),
            bypass=("Team 234", "administrators (in pull requests only)"),
        ),
        protection=None,
        queue=Queue(5, 1, 4),
        ref_rules=(
            RefRules("receipts", "tag", ("refs/tags/*@v*",), ("refs/tags/x*",), frozenset({"creation", "update"}),
                     (Actor("Integration", 254),)),
            RefRules("super cool ruleset", "branch", ("refs/heads/main",), (), frozenset(), (Actor("Team", 234),)),
        ),
        actions=ActionsPermissions("read", True),
        workflows={".github/workflows/blank.yaml": "active", ".github/workflows/linter.yaml": "disabled_inactivity"},
        owners_errors=("line 3: Invalid pattern ***/*.rb @monalisa",),
        actions_app=15368,
        environments={"mlops gitops/1": Limit(False, ("main",), ("v*",)), "preview": None, "production": Limit(True)},
        token=PERSON,
    )  # fmt: skip
    assert {method for method, _ in github.asked} == {"GET"}
    assert len(github.asked) == len(set(github.asked))


FIELDS = {
    f"{HERE}/rules/branches/main": "rulesets",
    f"{HERE}/rulesets": "ref_rules",
    f"{HERE}/rulesets/7": "ref_rules",
    f"{HERE}/actions/permissions/workflow": "actions",
    f"{HERE}/actions/workflows": "workflows",
    f"{HERE}/codeowners/errors": "owners_errors",
    "/apps/github-actions": "actions_app",
    f"{HERE}/environments": "environments",
}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (FORBIDDEN, "the token lacks"),
        (_missing(), "the token lacks"),
        ((401, {"message": "Bad credentials"}), "GitHub refuses this token: Bad credentials"),
        ((500, {"message": "Server Error"}), "GitHub answered 500"),
        ((200, {"unexpected": 1}), "a proxy"),
        ((200, [1]), "a proxy"),
        ((200, b"<html>"), "is not GitHub's API"),
        ((403, {"message": "API rate limit exceeded for user ID 1."}), "rate limit is used up"),
    ],
)
@pytest.mark.parametrize("path", FIELDS)
def test_recorded_contract_what_cannot_be_read_is_unknown_with_the_reason(
    github: Contract, path: str, answer: tuple[int, object], reason: str
) -> None:
    github.answers[path] = answer
    settings = _read(github)
    unknown = getattr(settings, FIELDS[path])
    assert isinstance(unknown, Unknown) and reason in unknown.reason
    others = {field for field in FIELDS.values() if isinstance(getattr(settings, field), Unknown)}
    assert others == {FIELDS[path]}


def test_recorded_contract_a_repository_that_is_not_told_leaves_everything_unknown(github: Contract) -> None:
    github.answers[HERE] = _missing()
    settings = _read(github)
    assert all(isinstance(getattr(settings, field), Unknown) for field in [*FIELDS.values(), "protection", "queue"])
    assert len(github.asked) == 1


@pytest.mark.parametrize("refusal", [FORBIDDEN, (502, {"message": "Bad Gateway"}), (202, {})])
def test_recorded_contract_what_is_refused_is_not_asked_for_again(
    github: Contract, refusal: tuple[int, object]
) -> None:
    for path in set(github.answers) - {HERE}:
        github.answers[path] = refusal
    settings = _read(github)
    assert all(isinstance(getattr(settings, field), Unknown) for field in FIELDS.values())
    assert len(github.asked) == len(set(github.asked)) > len(set(FIELDS.values()))


def test_recorded_contract_a_branch_whose_name_has_a_slash(github: Contract) -> None:
    github.answers[f"{HERE}/branches/release%2F1%252/protection"] = 200, CLASSIC
    assert isinstance(_read(github, "release/1%2").protection, BranchRules)


def test_recorded_contract_a_reader_is_not_told_how_pull_requests_are_merged_and_who_bypasses(github: Contract) -> None:
    told: Any = ANSWERS[HERE][1]
    github.answers[HERE] = 200, {name: value for name, value in told.items() if "merge" not in name}
    for id in (42, 7):
        entry: Any = ANSWERS[f"{HERE}/rulesets/{id}"][1]
        github.answers[f"{HERE}/rulesets/{id}"] = 200, {k: v for k, v in entry.items() if k != "bypass_actors"}
    settings = _read(github)
    assert isinstance(settings.repository, Repository) and isinstance(settings.repository.merging, Unknown)
    assert isinstance(settings.rulesets, BranchRules) and isinstance(settings.rulesets.bypass, Unknown)
    assert isinstance(settings.ref_rules, tuple) and isinstance(settings.ref_rules[0].bypass, Unknown)


def test_recorded_contract_names_that_are_not_told_are_unknown_of_one_environment_alone(github: Contract) -> None:
    github.answers[_POLICIES] = FORBIDDEN
    found: Any = _read(github).environments
    assert isinstance(found.pop("mlops gitops/1"), Unknown)
    assert found == {"preview": None, "production": Limit(True)}
    told: Any = ANSWERS[f"{HERE}/environments"][1]
    silent = [
        {k: v for k, v in environment.items() if k != "deployment_branch_policy"}
        for environment in told["environments"]
    ]
    github.answers[f"{HERE}/environments"] = 200, {"total_count": 3, "environments": silent}
    assert isinstance(_read(github).environments, Unknown), "what is not said is no limit, and not the lack of one"


def test_recorded_contract_more_than_one_page(github: Contract) -> None:
    checks = {"required_status_checks": [{"context": "last"}], "strict_required_status_checks_policy": False}
    many = [{"type": "deletion", **_RULESET}] * 100
    github.answers[f"{HERE}/rules/branches/main"] = (
        200,
        [*many, {"type": "required_status_checks", "parameters": checks}],
    )
    read = _read(github)
    assert read.required() == (Required("last", None),)
    assert read.holds(lambda rules: rules.up_to_date) is False


# ── classic branch protection ──

CLASSIC = {
    "url": "https://api.github.com/repos/octocat/Hello-World/branches/master/protection",
    "required_status_checks": {"strict": True, "contexts": ["continuous-integration/travis-ci", "x"],
                               "checks": [{"context": "continuous-integration/travis-ci", "app_id": 254},
                                          {"context": "x", "app_id": -1}]},
    "enforce_admins": {"url": "https://api.github.com/x", "enabled": False},
    "required_pull_request_reviews": {"dismiss_stale_reviews": True, "require_code_owner_reviews": True,
                                      "required_approving_review_count": 2, "require_last_push_approval": True,
                                      "bypass_pull_request_allowances": {"users": [{"login": "octocat"}],
                                                                         "teams": [{"slug": "justice-league"}]}},
    "required_linear_history": {"enabled": True},
    "allow_force_pushes": {"enabled": False},
    "allow_deletions": {"enabled": True},
}  # fmt: skip


def test_recorded_contract_classic_protection(github: Contract) -> None:
    github.answers[f"{HERE}/branches/main/protection"] = 200, CLASSIC
    assert _read(github).protection == BranchRules(
        "the classic protection of main",
        Reviews(2, dismiss_stale=True, last_push=True, code_owners=True),
        (Required("continuous-integration/travis-ci", 254), Required("x", None)),
        no_deletion=False,
        no_force_push=True,
        up_to_date=True,
        methods=frozenset({"squash", "rebase"}),
        bypass=("octocat", "justice-league", "administrators"),
    )


@pytest.mark.parametrize(
    ("refusal", "branch", "expected"),
    [
        (_missing("Branch not protected"), _missing(), None),
        (FORBIDDEN, (200, {"name": "main", "protected": False}), None),
        (FORBIDDEN, (200, {"name": "main", "protected": True}), "the token lacks administration: read"),
        (_missing(), _missing(), "the token lacks administration: read"),
        ((502, {"message": "Bad Gateway"}), (502, {"message": "Bad Gateway"}), "answered 502"),
        ((403, {"message": "Upgrade to GitHub Pro or make this repository public to enable this feature."}),
         _missing(), None),
    ],
)  # fmt: skip
def test_recorded_contract_protection_is_absent_only_when_github_says_so(
    github: Contract, refusal: tuple[int, object], branch: tuple[int, object], expected: str | None
) -> None:
    github.answers[f"{HERE}/branches/main/protection"] = refusal
    github.answers[f"{HERE}/branches/main"] = branch
    found = _read(github).protection
    assert expected in found.reason if isinstance(found, Unknown) and expected else found is expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"data": {"repository": {"mergeQueue": None}}}, None),
        ({"data": {"repository": {"mergeQueue": {"configuration": {
            "maximumEntriesToBuild": 5, "minimumEntriesToMerge": 1, "maximumEntriesToMerge": 3}}}}}, Queue(5, 1, 3)),
        ({"data": None, "errors": [{"message": "Resource not accessible"}]}, Unknown),
    ],
)  # fmt: skip
def test_recorded_contract_the_merge_queue_of_classic_protection(
    github: Contract, answer: object, expected: object
) -> None:
    github.answers[f"{HERE}/branches/main/protection"] = 200, CLASSIC
    github.answers[f"{HERE}/rules/branches/main"] = 200, []
    github.answers["/graphql"] = 200, answer
    found = _read(github).queue
    assert isinstance(found, Unknown) if expected is Unknown else found == expected


# ── the command ──


@pytest.mark.parametrize("output", ["text", "json", "github", "markdown", "sarif"])
def test_recorded_contract_doctor_reads_the_settings_and_prints_no_token(
    github: Contract, repository: House, output: str
) -> None:
    remote = f"http://x:{TOKEN}@127.0.0.1:{github.server_port}/octo-org/octo-repo.git"
    repository.sh("git", "remote", "set-url", "origin", remote)
    answer = repository.run("doctor", "--format", output)
    assert answer.code == 1 and answer.err == ""
    assert TOKEN not in answer.out
    assert {method for method, _ in github.asked} == {"GET"}
    if output == "json":
        states = {checkup["id"]: checkup["state"] for checkup in answer.json["checkups"]}
        assert states["base-protection"] == states["promotion-status"] == "ok"
        assert states["squash-message"] == states["receipt-tags"] == states["merge-queue-groups"] == "fault"


def test_recorded_contract_a_server_that_is_down_leaves_everything_unverified(
    repository: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_SERVER_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GITHUB_API_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    repository.sh("git", "remote", "set-url", "origin", "http://127.0.0.1:9/octo-org/octo-repo.git")
    answer = repository.run("doctor", "--format", "json")
    states = {checkup["id"]: checkup["state"] for checkup in answer.json["checkups"]}
    assert states["base-protection"] == states["receipt-tags"] == states["bypass-actors"] == "unverified"
    assert "cannot be reached" in answer.out and TOKEN not in answer.out + answer.err


@pytest.mark.parametrize(
    ("remote", "reason"),
    [
        ("git@github.com:octo-org/octo-repo.git", "GITHUB_TOKEN is not set"),
        (f"https://x:{TOKEN}@gitlab.example/octo-org/octo-repo.git", "the remote is at gitlab.example, and doctor"),
        (f"https://{TOKEN[:8]}/{TOKEN[8:]}@gitlab.example/octo-org/octo-repo.git", "an address that cannot be read"),
        (f"https://x:{TOKEN}@github.com/octo-org", "names no repository at github.com"),
    ],
)
def test_elsewhere_and_without_a_token_nothing_is_asked(
    repository: House, monkeypatch: pytest.MonkeyPatch, remote: str, reason: str
) -> None:
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    repository.sh("git", "remote", "set-url", "origin", remote)
    answer = repository.run("doctor", "--format", "json")
    assert reason in answer.out
    assert not [value for value in (TOKEN, TOKEN[:8], TOKEN[8:]) if value in answer.out + answer.err]

"""What remotes send, valid and then changed: listings of folders, pull requests, issues, receipts, records, answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

import github  # noqa: F401 - imported at the first request otherwise, which takes longer than an input may
import monitored
import sample
from fuzz.inputs import TOKENS, VALUES, changed
from hypothesis import strategies as st
from retraining.decided import RESTING, chained, decided, run

from mlops_gitops.audit.record_findings import record_findings
from mlops_gitops.core.diagnostics import plain
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.pull_request import Status
from mlops_gitops.git.local_forge import issue_refs, pull_file
from mlops_gitops.github import issues, notices, pulls, pushes, reviews, statuses
from mlops_gitops.github.api import Api
from mlops_gitops.github.queries.open_pulls import open_pulls
from mlops_gitops.monitoring.history.branch_tree import read_chains as read_monitoring
from mlops_gitops.monitoring.history.rederive import wrong_numbers
from mlops_gitops.promotion.policy_history import PolicyHistory
from mlops_gitops.records import receipt
from mlops_gitops.records.release import Pin
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.chain import read_chains as read_retraining
from mlops_gitops.storage.folders import member_pins, parse_listing

SHA, OTHER = "a" * 40, "b" * 40


class Target(NamedTuple):
    """What a remote sends: examples that are valid, and what is done with one; it raises `refusals` alone."""

    examples: tuple[Any, ...]
    go: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = ()


def raw(examples: tuple[Any, ...]) -> st.SearchStrategy[bytes]:
    """Bytes in the place of an example: changed data, a changed text, or anything."""
    texts = [json.dumps(example, indent=2).encode() for example in examples]
    data = st.sampled_from(examples).flatmap(changed).map(_bytes)
    cut = st.tuples(st.sampled_from(texts), st.integers(0, 2000), st.sampled_from(TOKENS)).map(_spliced)
    return st.one_of(data, data, cut, VALUES.map(_bytes), st.binary(max_size=60))


def _bytes(value: Any) -> bytes:
    return json.dumps(value, indent=2, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _spliced(parts: tuple[bytes, int, bytes]) -> bytes:
    text, at, token = parts
    return text[: at % len(text)] + token + text[at % len(text) :]


# ── data remotes ──


def _folder(data: bytes) -> None:
    pin = Pin("data/images", f"{'c' * 32}.dir", "md5", 10, files=2)
    member_pins(pin, parse_listing(pin, data))
    member_pins(replace(pin, files=None), parse_listing(pin, data))


LISTING = [{"md5": "1" * 32, "relpath": "a.png"}, {"md5": "2" * 32, "relpath": "deep/b.png"}]

# ── references of the remote ──

PULL = {
    "number": 3, "branch": "promote/staging/churn/0001-1.0.0", "head": SHA, "title": "Promote", "body": "Why\n",
    "author": "alice@example.org", "state": "merged", "merged_before": OTHER, "merged_commit": SHA,
    "merged_by": "bob@example.org", "merged_at": "2026-03-01T00:00:00Z",
    "reviews": [{"by": "bob@example.org", "commit": SHA, "at": "2026-03-01T00:00:00Z"}],
    "statuses": [{"commit": SHA, "base": OTHER, "day": "2026-03-01", "state": "success", "description": "fine",
                  "at": "2026-03-01T00:00:00Z"}],
}  # fmt: skip
ISSUE = {"key": "monitoring/churn/production/rows", "title": "Rows", "body": "Few", "labels": ["a"], "state": "open"}


def _pull(data: bytes) -> None:
    found = pull_file.parse(data, 3, 40)
    assert pull_file.parse(pull_file.written(found), 3, 40) == found


def _issue(data: bytes) -> None:
    found = issue_refs._parse(data, 3)
    assert issue_refs._parse(issue_refs._written(found), 3) == found


RECEIPT = {
    "path": "promotions/staging/churn/0001.json", "digest": f"sha256:{'1' * 64}", "commit": "1" * 40,
    "approved": "met", "forge": "local", "files": ["mlops.yaml"], "pull_request": 2, "merged_by": "alice@example.org",
    "merged_at": "2026-01-03T00:00:00Z", "required": {"operations": 1}, "self_declared": True,
    "approvals": [{"role": "operations", "by": "bob", "at": "2026-01-03T00:00:00Z"}],
    "requested_by": {"email": "alice@example.org"}, "monitoring": f"sha256:{'2' * 64}",
}  # fmt: skip
_LEDGER, _TREE = sample.ledger_of(sample.files()), Snapshot(Overlay(sample.files()))


def _receipt(data: bytes) -> None:
    """A receipt under each of the names that the sample owes, as an audit reads them."""
    message = "churn is merged\n\n" + data.decode("utf-8", "replace")
    names = [*(entry.tag for entry in _LEDGER.entries), receipt.POLICY_TAG + "1" * 40]
    found = {name: each for name in names if (each := receipt.parse(name, "1" * 40, message))}
    for each in found.values():
        assert each.merged_at is None or each.merged_at.tzinfo
        assert receipt.parse(each.tag, each.target, each.message()) == each
        # With the content that the ledger has, all else that the message says is looked at.
        owed = next((entry for entry in _LEDGER.entries if entry.tag == each.tag), None)
        own = replace(each, path=owed.record.path, digest=owed.digest, approved="met", forge="local") if owed else each
        ledger = replace(_LEDGER, receipts={**found, own.tag: own})
        policy = PolicyHistory(ledger, lambda _: _TREE)
        for finding in record_findings(policy, frozenset({"1" * 40}), frozenset()):
            assert plain(finding).message.isprintable()
        assert isinstance(policy.tip_state().last_proven_commit, str)


# ── the branch of records ──

MONITORED = tuple(json.loads(each.render()) for each in monitored.chained(monitored.observed(), monitored.observed(1)))
_DECIDED = chained((decided(blockers=(RESTING,)), None), (decided(), run()))
RETRAINED = tuple(json.loads(each.render()) for each in _DECIDED)


def _monitoring(data: bytes) -> None:
    for path in ("monitoring/production/churn/0001.json", "monitoring/production/churn/0002.json"):
        chains = read_monitoring(Overlay({path: data}))
        assert chains.number or chains.faults
        for chain in chains.by_pair.values():
            for found in chain.records:
                assert all(wrong_numbers(found.observation))


def _retraining(data: bytes) -> None:
    for path in ("retraining/churn/0001.json", "retraining/churn/0002.json"):
        chains = read_retraining(Overlay({path: data}))
        assert [*chains.records] or chains.faults


# ── GitHub ──

USER = {"login": "alice", "type": "User", "id": 7}
REPOSITORY = {"full_name": "example/models", "default_branch": "main", "private": False}
HUB_PULL = {
    "number": 3, "state": "open", "title": "Promote", "body": "Why", "user": USER, "labels": [{"name": "mlops-gitops"}],
    "head": {"ref": "promote/x", "sha": SHA, "repo": REPOSITORY},
    "base": {"ref": "main", "sha": OTHER, "repo": REPOSITORY},
    "merged_at": None, "html_url": "https://github.com/example/models/pull/3", "changed_files": 1, "commits": 2,
    "created_at": "2026-03-01T00:00:00Z",
}  # fmt: skip
ACTOR = {"__typename": "User", "login": "alice", "databaseId": 7}
LAST = {"hasNextPage": False}
AHEAD = {
    "number": 3, "title": "Promote", "body": "Why", "state": "OPEN", "createdAt": "2026-03-01T00:00:00Z",
    "mergedAt": None, "url": "https://github.com", "baseRefName": "main", "headRefName": "promote/x",
    "headRefOid": SHA, "headRepository": {"nameWithOwner": "example/models"}, "author": ACTOR,
    "labelled": {"nodes": [{"name": "mlops-gitops"}], "pageInfo": LAST},
    "commits": {"nodes": [{"commit": {"oid": SHA, "author": {"user": {"login": "alice"}}, "committer": None}}],
                "pageInfo": LAST},
    "reviews": {"nodes": [{"state": "APPROVED", "submittedAt": "2026-03-01T00:00:00Z", "authorAssociation": "MEMBER",
                           "commit": {"oid": SHA}, "author": ACTOR}], "pageInfo": LAST},
    "timelineItems": {"nodes": [{"__typename": "BaseRefChangedEvent", "createdAt": "2026-03-01T00:00:00Z"}],
                      "pageInfo": LAST},
    "comments": {"nodes": [{"body": "<!-- mlops-gitops: status -->", "author": ACTOR}]},
}  # fmt: skip
ANSWERS: dict[str, Any] = {
    "pull": HUB_PULL,
    "files": [{"filename": "promotions/staging/churn/0001.json", "previous_filename": "x"}],
    "commits": [{"sha": SHA, "parents": [{"sha": OTHER}], "author": USER, "committer": USER},
                {"sha": OTHER, "parents": [{"sha": SHA}], "author": None, "committer": USER}],
    "commit": {"sha": SHA, "files": [{"filename": "a"}]},
    "contents": {"type": "file", "encoding": "base64", "content": "YTogYgo=", "sha": SHA},
    "events": [{"event": "base_ref_changed", "created_at": "2026-03-01T00:00:00Z"},
               {"event": "review_dismissed", "created_at": "2026-03-03T00:00:00Z",
                "dismissed_review": {"review_id": 9, "state": "approved"}}],
    "reviews": [{"id": 9, "author_association": "MEMBER", "user": USER, "state": "APPROVED",
                 "submitted_at": "2026-03-01T00:00:00Z", "commit_id": SHA}],
    "activity": [{"activity_type": "branch_creation", "timestamp": "2026-02-28T00:00:00Z", "before": OTHER,
                  "after": SHA, "actor": USER}],
    "issues": [{"number": 4, "title": "Rows", "body": "<!-- mlops-gitops: monitoring/churn/production/rows -->",
                "labels": [{"name": "a"}], "state": "open", "user": USER, "html_url": "https://github.com"}],
    "branches": [{"name": "main"}],
    "graphql": {"data": {"viewer": {"login": "alice"}, "repository": {"isPrivate": True, "p3": AHEAD, "h3": {
        "status": {"contexts": [{"context": "mlops-gitops/promotion", "state": "SUCCESS", "description": "(base 1)",
                                 "createdAt": "2026-03-01T00:00:00Z", "creator": ACTOR}]}}, "object": {"entries": [
        {"name": "staging", "object": {"entries": [
            {"name": "churn.yaml", "object": {"text": "release: 1.0.0", "isTruncated": False}}]}}]}}}},
    "tree": {"sha": SHA, "truncated": False, "tree": [{"path": "environments", "type": "tree", "sha": SHA}]},
}  # fmt: skip


class Answering:
    """In the place of PyGithub's connection: it answers every request by these data."""

    graphql_url = "/graphql"

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = answers

    def requestJson(self, verb: str, url: str, **_: Any) -> tuple[int, dict[str, str], str]:
        """An answer of its kind."""
        named = {"/reviews": "reviews", "/events": "events", "/files": "files",
                 "/activity": "activity", "/graphql": "graphql",
                 "branches-where-head": "branches"}  # fmt: skip
        name = next((kind for ending, kind in named.items() if url.endswith(ending)), "")
        name = name or ("commits" if "/pulls/" in url and url.endswith("/commits") else "")
        parts = {"/commits/": "commit", "/contents/": "contents", "/git/trees": "tree", "/pulls/": "pull",
                 "/issues": "issues"}  # fmt: skip
        name = name or next((kind for part, kind in parts.items() if part in url), "branches")
        return 200, {}, _bytes(self.answers[name]).decode("utf-8", "replace")


def _hub(data: bytes) -> None:
    """Each reader of the API, with the answers as changed."""
    try:
        answers = json.loads(data)
    except (ValueError, RecursionError):
        answers = data.decode("utf-8", "replace")
    all_answers = answers if isinstance(answers, dict) else dict.fromkeys(ANSWERS, answers)
    for read in hub_readers({**ANSWERS, **all_answers}):
        with suppress(Error):
            read()


def hub_readers(answers: dict[str, Any]) -> tuple[Callable[[], object], ...]:
    """What reads the API, each with these answers."""
    api = Api(Answering(answers), "example/models")  # type: ignore[arg-type]
    return (
        lambda: pulls.listing(api, 3),
        lambda: pulls.branches_at(api, SHA),
        lambda: pulls.commit_count(api.get("pulls/3")),
        lambda: reviews.approvals(
            pulls.pull_request(api.get("pulls/3"), "example/models"),
            api.pages("pulls/3/reviews"),
            lambda: api.pages("issues/3/events"),
        ),
        lambda: reviews.writers(api.pages("pulls/3/commits")),
        lambda: _judged_ahead(api),
        lambda: pushes.pushes(api, pulls.pull_request(api.get("pulls/3"), "example/models")),
        lambda: issues.issues(api, ended=True),
    )


def _judged_ahead(api: Api) -> bool:
    """What is read of the answer of one query, as the forge reads it."""
    listed = pulls.pull_request(HUB_PULL, "example/models")
    _, known = open_pulls(api, [listed])
    for ahead in known.values():
        pull = pulls.pull_request(ahead.pull, "example/models")
        reviews.approvals(pull, ahead.reviews, lambda ahead=ahead: ahead.events)  # type: ignore[misc]
        reviews.writers(ahead.commits)
        status = Status(SHA, OTHER, "2026-03-01", "success", "", "")
        statuses.is_shown(api, ahead.statuses, status, {})
        statuses.is_success(api, ahead.statuses)
        notices.is_shown(api, ahead.comments, "text")
    return bool(known)


TARGETS = {
    "the listing of a folder": Target((LISTING,), _folder, (Error,)),
    "a pull request of the local forge": Target((PULL,), _pull, (ValueError, TypeError, KeyError, AttributeError)),
    "an issue of the local forge": Target((ISSUE,), _issue, (ValueError, TypeError, KeyError, AttributeError)),
    "a receipt": Target((RECEIPT,), _receipt),
    "a monitoring record": Target(MONITORED, _monitoring),
    "a retraining record": Target(RETRAINED, _retraining),
    "an answer of GitHub": Target((ANSWERS,), _hub),
}

"""Who has approved what, by the roles that a project names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges import coauthors
from mlops_gitops.forges.pull_request import Review, Void
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.observations import Observations
from mlops_gitops.repository.pull_facts import Pull
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Demand:
    """What one project requires: role → how many of its members must approve."""

    project: Project
    wanted: Mapping[str, int]


def required(record: Promotion | Decision, project: Project | None) -> Mapping[str, int] | None:
    """The approvals a record needs by the project that judged it; None where that is not known.

    An adoption needs the larger of what its environment and what `policies.adopt` asks of each role. A step to the next
    wave needs what it says, which the rule wave-order compares with its wave; to settle a rollout needs nobody.
    A decision about the policy, and a release of a retraining, need more: `PolicyHistory.record_demands` knows all.
    """
    if isinstance(record, Decision):
        return {record.role: 1} if record.relaxes else {}
    environment = project.environments.get(record.environment) if project else None
    if project is None or environment is None:
        return None
    if record.action in ("advance", "settle"):
        return record.approvals
    if record.is_approved_in_advance:  # which the rule wave-evidence holds to what was seen
        return {}
    more = project.adopt.approvals if project.adopt and record.action == "adopt" else {}
    roles = (*environment.approvals, *more)
    return {role: max(environment.approvals.get(role, 0), more.get(role, 0)) for role in roles}


def required_of_release(release: Release, base: Snapshot) -> Mapping[str, int] | None:
    """The approvals of a new manifest: of one that a retraining made, those of who decides on it by the base.

    None where the base has no retraining.yaml that says who does.
    """
    if release.retraining_cause is None:
        return {}
    policy = base.retraining(release.model)
    return policy.decides if policy else None


def assigned(project: Project, pull: Pull, wanted: Mapping[str, int]) -> dict[str, list[str]]:
    """Who approved this very head for which role: each person once, as many roles filled as can be.

    A matching by augmenting paths (Kuhn 1955); the excluded (requester, author, committers) are left out.
    """
    seats = [role for role, count in sorted(wanted.items()) for _ in range(count)]
    taken: dict[int, str] = {}

    def seat(person: str, tried: set[int]) -> bool:
        for n, role in enumerate(seats):
            if role in project.roles_of(person) and n not in tried:
                tried.add(n)
                if n not in taken or seat(taken[n], tried):
                    taken[n] = person
                    return True
        return False

    for person in _approvers(project, pull):
        seat(person, set())
    return {
        role: [taken[n] for n, seat_role in enumerate(seats) if seat_role == role and n in taken] for role in wanted
    }


def lacking(demands: Iterable[Demand], pull: Pull) -> Iterator[tuple[str, bool]]:
    """The shortfalls of every demand, each sentence once; one approval may count for several demands."""
    yield from dict.fromkeys(
        message for demand in demands for message in shortfalls(demand.project, pull, demand.wanted)
    )


def requesters(records: Sequence[Promotion]) -> set[str]:
    """The names of the people who asked for promotion records, as the records have them."""
    people = [record.predicate["requested_by"] for record in records]
    return {name for who in people for key in ("login", "email") for name in coauthors.names(str(who.get(key, "")))}


def observers(records: Sequence[Promotion], ledger: Ledger) -> dict[str, str]:
    """The people who handed in the evidence that records depend on, each with the path of an observation."""
    found: dict[str, str] = {}
    for record in records:
        known = ledger.observations(record.environment, record.model) if record.evidence else Observations()
        for each in filter(None, map(known.with_digest, record.evidence)):
            handed = (each.observation.by.get(key, "") for key in ("login", "email"))
            found |= {name: each.path for said in handed for name in coauthors.names(said)}
    return found


def unmet_by_names(
    demands: Iterable[Demand], approvals: Sequence[Mapping[str, object]], excluded: Iterable[str] = ()
) -> str:
    """What the people whom a receipt names do not meet, in a sentence; "" where they could meet every demand.

    They are of the teams that the receipt says: no history holds who was in a team. The `excluded` asked for or wrote
    what was merged, and count for nothing.
    """
    pull = Pull("", tuple(map(_review_named, approvals)), frozenset(excluded))
    named = (Demand(_with_teams(demand.project, approvals), demand.wanted) for demand in demands)
    return next((message for message, _ in lacking(named, pull)), "")


def _review_named(approval: Mapping[str, object]) -> Review:
    number = approval.get("id")
    return Review(str(approval["by"]), "", "", number if isinstance(number, int) else None)


def _with_teams(then: Project, approvals: Sequence[Mapping[str, object]]) -> Project:
    found: dict[str, frozenset[str]] = {}
    for approval in approvals:
        for team in then.teams.get(str(approval["role"]), ())[:1]:
            found[team] = found.get(team, frozenset()) | {str(approval["by"])}
    return then.with_teams(found)


def _approvers(project: Project, pull: Pull) -> list[str]:
    """The people who approved this head and may approve it, of any role."""
    people = {
        project.person(review.by)
        for review in pull.reviews
        if review.commit == pull.head and project.is_account(review.by, review.account)
    }
    return sorted(people - {project.person(name) for name in pull.excluded})


def shortfalls(project: Project, pull: Pull, wanted: Mapping[str, int]) -> Iterator[tuple[str, bool]]:
    """The same, and whether it is undecided: the people who wrote, requested or approved it are not all known."""
    if pull.unknown_reason:
        yield from ((f"who can approve as {role} is not known: {pull.unknown_reason}", True) for role in sorted(wanted))
        return
    counted = assigned(project, pull, wanted)
    excluded = {project.person(name) for name in pull.excluded}
    used = {person for people in counted.values() for person in people}
    others = set(_approvers(project, pull)) - used
    for role, count in sorted(wanted.items()):
        if len(counted[role]) < count:
            void = _void_approvals(project, pull, role)
            barred = {person for person, why in void.items() if why is not Void.OTHER_BASE}
            able = sorted({m.login for m in project.roles.get(role, ()) if not m.is_blank} - excluded - used - barred)
            teams = project.unresolved.get(role, ())
            who = [f"eligible: {', '.join(able)}"] if able else []
            who += [f"the members of team {team} are not known here" for team in teams]
            who += [f"{person} {why}, so the approval does not count" for person, why in void.items()]
            reason = "; ".join(who) or "no member is eligible: all asked for it, wrote it or count already"
            yield (
                f"{len(counted[role])} of {count} approvals from {role}; {reason}",
                bool((teams and others) or Void.NO_PERSON in void.values()),
            )


def _void_approvals(project: Project, pull: Pull, role: str) -> dict[str, Void]:
    """Why the approvals of this head by some of a role do not count, by person."""
    void = [(void.review, void.why) for void in pull.uncounted]
    others = (review for review in pull.reviews if not project.is_account(review.by, review.account))
    void += [(review, Void.OTHER_ACCOUNT) for review in others]
    found = {review.by: why for review, why in void if review.commit == pull.head}
    return {project.person(by): why for by, why in sorted(found.items()) if role in project.roles_of(by)}

"""Only the App that monitors can create, change or remove the branch of monitoring records.

Its records say how a model does in use, and what targets of a rollout run: promotions name them, and `audit` proves
their order. Anybody who may push the branch can add a record that nobody measured, or take the last ones back. It asks,
where a model on the base has a monitoring.yaml or a target that is observed, whether a ruleset keeps creation, update
and deletion of `mlops-gitops/monitoring` from all but its bypass list, and whether that list is neither everybody who
may write nor GitHub Actions, for which any workflow can speak.

Add a branch ruleset for `mlops-gitops/monitoring` with "Restrict creations", "Restrict updates" and "Restrict
deletions", and the App that runs `monitor` and `observe` as its only bypass actor.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.bypass import bypass_finding
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, forgeable, not_needed, ok, unverified
from mlops_gitops.doctor.sample_edits import WITHOUT_APP
from mlops_gitops.forges.settings import Actor, RefRules, Settings, Unknown
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records import monitoring

_REF = f"refs/heads/{BRANCH}"
CHANGES = ("creation", "update", "deletion")


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Whether the branch is guarded, then one finding for each ruleset that guards it."""
    if not facts.base.has(monitoring.KIND) and not _is_observed(facts):
        yield not_needed(f"no model on {facts.branch} has a monitoring.yaml or a target that is observed")
        return
    if isinstance(settings.ref_rules, Unknown):
        yield unverified(f"could not read the rulesets on branches: {settings.ref_rules.reason}")
        return
    if facts.acts_without_app:
        yield _without_app(facts)
        return
    guarding = [rules for rules in settings.ref_rules if rules.covers(_REF) and rules.restricts]
    open_to = [change for change in CHANGES if not any(change in rules.restricts for rules in guarding)]
    fix = f"a branch ruleset on {BRANCH} that restricts creations, updates and deletions"
    if open_to:
        yield fault(f"any writer can forge a monitoring record: {', '.join(open_to)} of {BRANCH} is open to all", fix)
    else:
        yield ok(f"the branch {BRANCH} is guarded")
    for rules in guarding:
        yield bypass_finding(rules, settings, "monitor", "a monitoring record")


def _is_observed(facts: Facts) -> bool:
    return any(target.observe is not None for state in facts.base.states() for target in state.targets)


def _without_app(facts: Facts) -> Finding:
    fix = f"a branch ruleset on {BRANCH} that only your App may bypass"
    return forgeable(f"any writer can forge a monitoring record on {BRANCH}", known=facts.acts_without_app, fix=fix)


_ALL = frozenset(CHANGES)
_APP = (Actor("Integration", 254),)


_WATCHED = (Edit("models/churn/monitoring.yaml", None, "apiVersion: mlops-gitops/v1\nkind: Monitoring\n"),)


_DRAFT = (Edit("models/churn/monitoring.yaml", None, "# apiVersion: mlops-gitops/v1\n"),)

_STATE = "environments/staging/churn.yaml"
_TILLS = 'release: "1.0.0"\ntargets:\n  tills: {roster: fleets/tills.csv, observe: devices}\n'
_OBSERVED = (Edit(_STATE, 'release: "1.0.0"\n', _TILLS),)


def _case(edits: tuple[Edit, ...] = _WATCHED, **changes: object) -> Case:
    fields = {"name": "monitoring", "target": "branch", "include": (_REF,), "exclude": (), "restricts": _ALL,
              "bypass": _APP} | changes  # fmt: skip
    return Case(edits, {"ref_rules": (RefRules(**fields),)})  # type: ignore[arg-type]


CHECKUP = Checkup(
    "monitoring-branch",
    __doc__,
    examine,
    ok=(
        _case(),
        Case((*_WATCHED, *WITHOUT_APP), {"ref_rules": ()}),
        _case(include=("~ALL",)),
        Case(settings={"ref_rules": ()}),
        Case(_DRAFT, {"ref_rules": ()}),
    ),
    bad=(
        Case(_WATCHED, {"ref_rules": ()}),
        Case(_OBSERVED, {"ref_rules": ()}),
        _case(include=("refs/heads/*",)),
        _case(target="tag", include=("~ALL",)),
        _case(exclude=("refs/heads/mlops-gitops/*",)),
        _case(restricts=_ALL - {"update"}),
        _case(bypass=(Actor("Integration", 15368),)),
        _case(bypass=(*_APP, Actor("RepositoryRole", 4))),
        _case(bypass=()),
    ),
    unsure=(
        Case(_WATCHED, {"ref_rules": Unknown("the server is down")}),
        _case(bypass=Unknown("the token lacks administration: write")),
    ),
)

"""Only the App that records can create, change or remove receipt tags and checkpoints.

A receipt says that a promotion is merged and who approved it, and the next environment relies on it. A checkpoint says
what an audit found, and `audit --since-checkpoint` goes on from there. A tag that any writer can push is forgeable, so
it proves nothing against a writer. It asks whether a ruleset on tags keeps creation, update and deletion of
`MODEL@v…`, `MODEL#ENVIRONMENT#…`, `mlops-gitops/decision/…`, `mlops-gitops/policy/…` and `mlops-gitops/checkpoint/…`
from all but its bypass list, and whether that list is neither everybody who may write nor GitHub Actions, for which any
workflow can speak.

Add a tag ruleset for `*@v*`, `*#*#*`, `mlops-gitops/decision/*`, `mlops-gitops/policy/*` and
`mlops-gitops/checkpoint/*` with "Restrict creations", "Restrict updates" and "Restrict deletions", and the App that
runs `record` as its only bypass actor. Without an App, restrict updates and deletions, with an empty bypass list: a
receipt can then be forged only before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.bypass import bypass_finding
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, forgeable, ok, unverified
from mlops_gitops.doctor.sample_edits import WITHOUT_APP
from mlops_gitops.forges.checkpoint import CHECKPOINT_TAG
from mlops_gitops.forges.settings import Actor, RefRules, Settings, Unknown
from mlops_gitops.records.receipt import DECISION_TAG, POLICY_TAG

_CHECKPOINT = "checkpoint"
FORMS = {
    "release": "*@v*",
    "promotion": "*#*#*",
    "decision": f"{DECISION_TAG}*",
    "change of the policy": f"{POLICY_TAG}*",
    _CHECKPOINT: f"{CHECKPOINT_TAG}*",
}
CHANGES = ("creation", "update", "deletion")


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """One finding for each kind of receipt, then one for each ruleset that guards one."""
    if isinstance(settings.ref_rules, Unknown):
        yield unverified(f"could not read the rulesets on tags: {settings.ref_rules.reason}")
        return
    guarding: dict[str, RefRules] = {}
    for kind, names in _samples(facts).items():
        open_to = [change for change in CHANGES if not all(_guards(settings.ref_rules, name, change) for name in names)]
        fix = f"a tag ruleset on {FORMS[kind]} that restricts creations, updates and deletions"
        if facts.acts_without_app:
            yield _without_app(kind, open_to)
        elif open_to:
            yield fault(f"any writer can forge {_named(kind)}: {', '.join(open_to)} is open to all", fix)
        else:
            yield ok(f"{_named(kind, every=True)} are guarded")
        guarding |= {
            rules.name: rules
            for rules in settings.ref_rules
            for name in names
            if rules.covers(f"refs/tags/{name}") and rules.restricts
        }
    for rules in guarding.values():
        if not facts.acts_without_app:
            yield bypass_finding(rules, settings, "record", "a receipt")
        elif rules.bypass != ():
            yield _bypassed(rules)


def _named(kind: str, *, every: bool = False) -> str:
    if kind == _CHECKPOINT:
        return "checkpoints" if every else "a checkpoint"
    return f"receipts of a {kind}" if every else f"the receipt of a {kind}"


def _without_app(kind: str, open_to: list[str]) -> Finding:
    """Without an App a receipt can be forged before it is written; a ruleset that nobody bypasses keeps it after."""
    fix = f"a tag ruleset on {FORMS[kind]} that restricts updates and deletions, with nobody in its bypass list"
    if "creation" not in open_to:
        return fault(f"no run may create {_named(kind)}", f"leave creations open, without an App: {fix}")
    if open_to != ["creation"]:
        return fault(f"any writer can change or remove {_named(kind)}", fix)
    fix = f"a tag ruleset on {FORMS[kind]} that only your App may bypass"
    return forgeable(f"any writer can forge {_named(kind)} before it is written", known=True, fix=fix)


def _bypassed(rules: RefRules) -> Finding:
    if isinstance(rules.bypass, Unknown):
        return unverified(f"could not tell who may bypass {rules.name!r}: {rules.bypass.reason}")
    who = ", ".join(map(str, rules.bypass))
    return fault(f"{who} may bypass {rules.name!r}, and can change or remove receipts", "leave its bypass list empty")


def _samples(facts: Facts) -> dict[str, list[str]]:
    """Names that receipts have, or will have: a ruleset that names each model is as good as one for all."""
    models = facts.base.models() or ("any-model",)
    project = facts.base.project
    environments = list(project.environments) if project else ["any-environment"]
    return {
        "release": [f"{model}@v{version}" for model in models for version in ("0.1.0", "10.20.30-rc.4")],
        "promotion": [f"{m}#{name}#{n}" for m in models for name in environments for n in (1, 48151)],
        "decision": [f"{DECISION_TAG}2026-01-01-outage", f"{DECISION_TAG}x"],
        "change of the policy": [f"{POLICY_TAG}{digit * 40}" for digit in "0f"],
        _CHECKPOINT: [f"{CHECKPOINT_TAG}{digit * 40}" for digit in "0f"],
    }


def _guards(found: tuple[RefRules, ...], name: str, change: str) -> bool:
    return any(change in rules.restricts and rules.covers(f"refs/tags/{name}") for rules in found)


_ALL = frozenset(CHANGES)
_APP = (Actor("Integration", 254),)
_INCLUDE = tuple(f"refs/tags/{form}" for form in FORMS.values())


def _rules(**changes: object) -> dict[str, object]:
    fields = {
        "name": "receipts",
        "target": "tag",
        "include": _INCLUDE,
        "exclude": (),
        "restricts": _ALL,
        "bypass": _APP,
    } | changes
    return {"ref_rules": (RefRules(**fields),)}  # type: ignore[arg-type]


CHECKUP = Checkup(
    "receipt-tags",
    __doc__,
    examine,
    ok=(
        Case(settings=_rules(include=("~ALL",))),
        Case(settings=_rules(include=("refs/tags/churn@v*", "refs/tags/churn#**/*", "refs/tags/**/*"))),
        Case(WITHOUT_APP, _rules(restricts=_ALL - {"creation"}, bypass=())),
    ),
    bad=(
        Case(settings={"ref_rules": ()}),
        Case(settings=_rules(restricts=_ALL - {"update"})),
        Case(settings=_rules(include=("refs/tags/*",))),
        Case(settings=_rules(exclude=("refs/tags/churn*",))),
        Case(settings=_rules(include=tuple(form for form in _INCLUDE if POLICY_TAG not in form))),
        Case(settings=_rules(include=tuple(form for form in _INCLUDE if CHECKPOINT_TAG not in form))),
        Case(settings=_rules(bypass=(Actor("Integration", 15368),))),
        Case(settings=_rules(bypass=(*_APP, Actor("RepositoryRole", 4)))),
        Case(settings=_rules(bypass=())),
        Case(WITHOUT_APP, _rules(bypass=())),
        Case(WITHOUT_APP, _rules(restricts=_ALL - {"creation"})),
        Case(WITHOUT_APP, {"ref_rules": ()}),
    ),
    unsure=(
        Case(settings={"ref_rules": Unknown("the server is down")}),
        Case(settings=_rules(bypass=Unknown("the token lacks administration: write"))),
        Case(settings={"actions_app": Unknown("it is another server")}),
        Case(WITHOUT_APP, _rules(restricts=_ALL - {"creation"}, bypass=Unknown("the token may not read it"))),
    ),
)

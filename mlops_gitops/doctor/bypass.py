"""Who may bypass a ruleset: nobody but the App that writes what it guards."""

from __future__ import annotations

from mlops_gitops.doctor.finding import Finding, fault, ok, unverified
from mlops_gitops.forges.settings import RefRules, Settings, Unknown

# The roles that GitHub gives out of itself, by their ids in rulesets; an administrator is trusted with everything.
WRITING = {2: "everybody who maintains", 4: "everybody who may write"}


def bypass_finding(rules: RefRules, settings: Settings, command: str, guarded: str) -> Finding:
    """Whether only the App that runs `command` may bypass a ruleset; `guarded` is what others could forge else."""
    if isinstance(rules.bypass, Unknown):
        return unverified(f"could not tell who may bypass {rules.name!r}: {rules.bypass.reason}")
    apps = [actor.id for actor in rules.bypass if actor.kind == "Integration"]
    if apps and isinstance(settings.actions_app, Unknown):
        return unverified(f"could not tell whether App {apps[0]}, which may bypass {rules.name!r}, is GitHub Actions: "
                          f"{settings.actions_app.reason}")  # fmt: skip
    fix = f"leave only the App that runs {command} in its bypass list"
    if settings.actions_app in apps:
        return fault(f"GitHub Actions may bypass {rules.name!r}, so any workflow can forge {guarded}", fix)
    roles = [WRITING[actor.id] for actor in rules.bypass if actor.kind == "RepositoryRole" and actor.id in WRITING]
    if roles:
        return fault(f"{roles[0]} may bypass {rules.name!r}, and can forge {guarded}", fix)
    if not rules.bypass:
        return fault(f"nobody may bypass {rules.name!r}, so {command} cannot write {guarded}",
                     f"put the App that runs {command} in its bypass list")  # fmt: skip
    return ok(f"only {', '.join(map(str, rules.bypass))} may bypass {rules.name!r}")

"""Nobody goes past the rules of the base branch unseen.

Who may bypass a ruleset can merge what no check passed and nobody approved. That can be meant, for an emergency, and
`record` then writes a receipt that says so; but it should be known who they are. It lists them; they are shown only to
tokens that may administer the repository.

Remove from the bypass list everyone who does not need it, or let them bypass "for pull requests only".
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, not_needed, note, ok, unverified
from mlops_gitops.forges.settings import Settings, Unknown


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """A note for each source of protection that somebody may bypass."""
    for source in settings.unread_sources():
        yield unverified(f"could not tell who may bypass it: {source.reason}")
    for rules in settings.sources():
        if isinstance(rules.bypass, Unknown):
            yield unverified(f"could not tell who may bypass {rules.source}: {rules.bypass.reason}")
        elif rules.bypass:
            yield note(f"{', '.join(rules.bypass)} may bypass {rules.source}", "keep the list as short as can be")
        else:
            yield ok(f"nobody may bypass {rules.source}")
    if not settings.sources() and not list(settings.unread_sources()):
        yield not_needed(f"{facts.branch} has no rules to bypass")


CHECKUP = Checkup(
    "bypass-actors",
    __doc__,
    examine,
    ok=(Case(settings={"rulesets.bypass": ("Team 7",)}),),
    unsure=(
        Case(settings={"rulesets.bypass": Unknown("the token lacks administration: write")}),
        Case(settings={"protection": Unknown("the token lacks administration: read")}),
    ),
)

"""What is to be merged and then released: its files, and what a release of each of its models would meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.semver import precedence
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.settings import Unknown
from mlops_gitops.policy.engine import validate
from mlops_gitops.policy.rule import Scope
from mlops_gitops.promotion.manifest import ReleasePlan, compose_manifest, draft_plan
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

_UNREAD = "0" * 64  # in the place of a digest of bytes that are not read for this


@frozen
class Candidate:
    """Files that are to be merged, and the models of them that are to be released.

    `person` is the e-mail address of the one who will ask for it, "" where that is not known. `stored` says for each
    model why bytes of its release are not in the DVC remote; Unknown where that was not looked at. `unmerged` is the
    refusal of every command where the branch has no project file yet.
    """

    files: Snapshot
    models: tuple[str, ...]
    today: date
    person: str = ""
    stored: Mapping[str, tuple[Error, ...]] | Unknown = Unknown("the DVC remote was not looked at")
    unmerged: Error | None = None

    @cached_property
    def plans(self) -> Mapping[str, ReleasePlan | Error]:
        """What a release of each model would pin; the error where card or KPIs are not valid."""
        return {model: self._plan(model) for model in self.models}

    def _plan(self, model: str) -> ReleasePlan | Error:
        try:
            return draft_plan(self.files, self.files.tracking, model)
        except Error as error:
            return error

    @cached_property
    def _trials(self) -> Mapping[str, Release]:
        """A manifest of each model as `release` would write it, by its path; without what only the bytes can tell."""
        found = {}
        for model, plan in self.plans.items():
            if isinstance(plan, ReleasePlan) and plan.artifacts:
                sha256s = {pin.path: _UNREAD for pin in plan.artifacts if not pin.is_folder}
                manifest = compose_manifest(self.files, self.files.tracking, plan, self._version(model), sha256s, {})
                found[manifest.path] = manifest
        return found

    def _version(self, model: str) -> str:
        """A version above all that are released."""
        released = [release.version for release in self.files.releases(model)]
        return f"{precedence(max(released, key=precedence))[0][0] + 1}.0.0" if released else "1.0.0"

    @cached_property
    def _found(self) -> tuple[Diagnostic, ...]:
        """The errors that `release --local` would meet."""
        head = Snapshot(Overlay({path: trial.render() for path, trial in self._trials.items()}, self.files.tree))
        found = validate(Context(head, self.today, changes=dict.fromkeys(self._trials, "A")), Scope.BASE)
        return tuple(d for d in found if d.severity is Severity.ERROR)

    def file_errors(self) -> Iterator[Diagnostic]:
        """The errors of the files themselves."""
        return (d for d in self._found if d.span.path not in self._trials)

    def refusals(self, model: str) -> Iterator[Error]:
        """Why a release of a model would be refused, whatever is in the DVC remote, each once."""
        plan = self.plans[model]
        own = (plan,) if isinstance(plan, Error) else plan.refusals
        trials = {path for path, trial in self._trials.items() if trial.model == model}
        known = {refusal.message for refusal in own}
        yield from own
        found = (d for d in self._found if d.span.path in trials and d.message not in known)
        yield from (Error(d.message, help=d.help) for d in found)

"""What decides about promotions has code owners, whose review is required.

mlops.yaml (and mlops-gitops.yaml, which may take its place), KPIs, monitoring.yaml and retraining.yaml where there is
one, and DVC's settings are the policy that promotions and alarms are judged by, and workflows are what judges; a change
of them is an ordinary pull request, which GitHub lets through with anybody's approval. CODEOWNERS says whose it needs:
of several lines, the last that matches a path. It counts only where the ruleset on the branch requires the review of
code owners, and a line GitHub cannot make sense of, such as one with an unknown team, counts for nothing. A line for
`.dvc/` has no slash before it: it is about the folder wherever it lies.

Add lines for the paths it names, with the team that owns them, and "Require review from Code Owners".
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.doctor import codeowners
from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.codeowners import CodeOwners
from mlops_gitops.doctor.facts import Facts, requires_settings
from mlops_gitops.doctor.finding import Finding, fault, note, ok, ok_or_fault, unverified
from mlops_gitops.doctor.sample_edits import ALONE
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.tree import Unreadable
from mlops_gitops.forges.settings import Settings, Unknown
from mlops_gitops.pipelines import dvc_places
from mlops_gitops.policy.examples import retrained, watched
from mlops_gitops.policy.rule import Edit
from mlops_gitops.records import monitoring, project, retraining


@requires_settings
def examine(facts: Facts, settings: Settings) -> Iterator[Finding]:
    """Whether the file is there, which paths it leaves out, GitHub's errors about it, and whether it is enforced."""
    try:
        owners = codeowners.read_code_owners(facts.base.tree)
    except Unreadable as error:
        yield unverified(f"CODEOWNERS {error}")
        return
    if owners is None and facts.needs_no_approval:
        yield note("there is no CODEOWNERS, and no environment in mlops.yaml asks for approvals",
                   "once there are two of you, write one")  # fmt: skip
        return
    if owners is None:
        names = ", ".join(_paths(facts))
        yield fault("there is no CODEOWNERS", f"write {codeowners.PLACES[0]} with owners of {names}")
        return
    yield from _unowned(facts, owners)
    errors = settings.owners_errors
    if isinstance(errors, Unknown):
        yield unverified(f"could not tell whether GitHub understands it: {errors.reason}", path=owners.path)
    else:
        for problem in errors:
            yield fault(f"GitHub does not understand it: {problem}", "correct the line", owners.path)
    yield ok_or_fault(
        settings.holds(lambda rules: rules.reviews is not None and rules.reviews.code_owners),
        "the review of code owners is required",
        "the review of code owners is not required, so CODEOWNERS only asks for it",
        f'in the ruleset on {facts.branch}: "Require review from Code Owners"',
    )


def _paths(facts: Facts) -> dict[str, list[str]]:
    """The patterns that need owners, each with paths that it covers."""
    base, folders = facts.base, facts.base.folders
    models = base.models() or ("any-model",)
    environments = list(base.project.environments) if base.project else ["any-environment"]
    both = [f"{environment}/{model}" for environment in environments for model in models]
    return {
        **{path: [path] for path in project.PATHS},
        f"{folders['models']}/*/kpis.yaml": [f"{folders['models']}/{model}/kpis.yaml" for model in models],
        **{f"{folders['models']}/*/{kind.schema}.yaml": paths for kind, paths in _drafted(facts).items()},
        f"{folders['environments']}/": [f"{folders['environments']}/{name}.yaml" for name in both],
        f"{folders['promotions']}/": [f"{folders['promotions']}/{name}/0001.json" for name in both],
        f"{folders['releases']}/": [f"{folders['releases']}/{model}/1.0.0.yaml" for model in models],
        f"{folders['decisions']}/": [f"{folders['decisions']}/2026-01-01-outage.yaml"],
        ".dvc/": [dvc_places.CONFIG, f"any/{dvc_places.CONFIG}"],
        ".github/workflows/": [".github/workflows/ci.yml", ".github/workflows/any.yaml"],
        "CODEOWNERS": [next((path for path in codeowners.PLACES if base.tree.exists(path)), codeowners.PLACES[0])],
    }  # fmt: skip


def _drafted(facts: Facts) -> dict[Kind, list[str]]:
    """The monitoring.yaml and retraining.yaml of the base that are more than drafts, by their kind."""
    base, found = facts.base, dict[Kind, list[str]]()
    for path, kind in base.index.items():
        if kind in (monitoring.KIND, retraining.KIND) and base.entry(path, kind):
            found.setdefault(kind, []).append(path)
    return found


def _unowned(facts: Facts, owners: CodeOwners) -> Iterator[Finding]:
    unowned = [name for name, paths in _paths(facts).items() if not all(owners.owners(path) for path in paths)]
    if unowned:
        fix = "add a line with their owners, below those that match them too"
        yield fault(f"nobody owns {', '.join(unowned)}", fix, owners.path)
    else:
        yield ok(f"{owners.path} gives owners to all that decides about promotions")


_PATH = ".github/CODEOWNERS"

CHECKUP = Checkup(
    "code-owners",
    __doc__,
    examine,
    ok=(
        Case((Edit(_PATH, None, "* @example/everything\n"),)),
        Case((Edit("models/churn/monitoring.yaml", None, "# a draft\n"),)),
        Case((*ALONE, Edit(_PATH, None, None))),
    ),
    bad=(
        Case((Edit(_PATH, None, None),)),
        Case((Edit(_PATH, "/environments/ @example/ops\n", ""),)),
        Case((Edit(_PATH, "/environments/ @example/ops\n", "/environments/ @example/ops\n/environments/staging/\n"),)),
        Case((Edit(_PATH, "/models/*/kpis.yaml", "/models/fraud/kpis.yaml"),)),
        Case(watched()),
        Case(retrained(watching=())),
        Case((Edit(_PATH, "\n.dvc/ ", "\n/.dvc/ "),)),
        Case(settings={"rulesets.reviews.code_owners": False}),
        Case(settings={"owners_errors": ("line 3: unknown owner @example/gone",)}),
    ),
    unsure=(
        Case(settings={"owners_errors": Unknown("the server is down")}),
        Case(settings={"rulesets": Unknown("the token may not read it")}),
    ),
)

"""The project beside another tool's mlops.yaml: it is mlops-gitops.yaml then, and the base says which one counts."""

from __future__ import annotations

from pathlib import Path

from cases import cases
from house import PROJECT, Repository
from messages import lacking

from mlops_gitops.documents.tree import Overlay
from mlops_gitops.repository.snapshot import Snapshot

OURS, OTHER = "mlops.yaml", "mlops-gitops.yaml"
FOREIGN = "project: forecast\nexperiment:\n  tracking_uri: http://localhost:5000\n"


def _beside(repository: Repository) -> Repository:
    """A repository whose mlops.yaml is another tool's, and whose project is in mlops-gitops.yaml."""
    repository.write(OURS, FOREIGN)
    repository.write(OTHER, PROJECT)
    repository.begin_so()
    return repository


def _errors(repository: Repository, *args: object) -> dict[str, str]:
    answer = repository.run(*args, "--format", "json")
    return {d["rule"]: d["message"] for d in answer.json["diagnostics"] if d["severity"] == "error"}


def test_init_leaves_the_file_of_another_tool_alone(repository: Repository) -> None:
    for path in (OURS, "models/churn/README.md", "models/churn/kpis.yaml"):
        (repository.root / path).unlink()
    repository.write(OURS, FOREIGN)
    found = _errors(repository, "validate")
    assert not lacking(found["project-file"], OURS, OTHER, "apiVersion: mlops-gitops/v1")
    said = repository.ok("init").out
    assert f"wrote {OTHER}\n" in said and f"note: {OURS} is another tool's" in said
    assert (repository.root / OURS).read_text() == FOREIGN
    repository.fill_in()
    assert not _errors(repository, "validate")
    assert repository.ok("validate", OURS).code == 0  # as the hook of changed files asks it


@cases("text", ["", "# nothing\n", "a: !Ref b\n", "a: 1\n---\nb: 2\n", "{{ template }}\n", "- a\n", "a: 1\na: 2\n",
                 "a: mlops-gitops/v1\n", "apiVersion: 1\n# not of mlops-gitops/v1\n"])  # fmt: skip
def test_a_file_that_we_cannot_parse_is_another_tool_s(text: str) -> None:
    alone = Snapshot(Overlay({OURS: text.encode()}))
    assert not alone.project_paths and alone.project_path == OTHER
    beside = Snapshot(Overlay({OURS: text.encode(), OTHER: PROJECT.encode()}))
    assert beside.project and beside.project.path == OTHER and not beside.project_fault


@cases("text", ["apiVersion: mlops-gitops/v1\na: [\n", "apiVersion: 'mlops-gitops/v2'\n", "a: {\n# mlops-gitops/\n"])
def test_a_broken_project_of_ours_is_not_another_tool_s(text: str) -> None:
    broken = Snapshot(Overlay({OURS: text.encode()}))
    assert broken.project_fault
    both = Snapshot(Overlay({OURS: text.encode(), OTHER: PROJECT.encode()}))
    assert both.project is None and both.project_paths == (OURS, OTHER)


def test_a_release_goes_its_whole_way(repository: Repository) -> None:
    _beside(repository).release()
    repository.promote("staging")
    assert repository.ok("audit").code == 0
    assert "1.0.0" in repository.ok("status").out


def test_another_tool_s_file_is_its_own_matter(repository: Repository) -> None:
    _beside(repository)
    repository.write(OURS, FOREIGN.replace("forecast", "demand"))
    repository.agree("other-tool")  # approved by nobody
    assert repository.ok("audit").code == 0


def test_a_second_project_is_an_error_and_the_one_of_the_base_judges(repository: Repository) -> None:
    """Whoever brings a laxer project under the other name gains nothing by it."""
    for base, added in ((OTHER, OURS), (OURS, OTHER)):
        if base == OTHER:
            _beside(repository)
        else:
            (repository.root / OTHER).unlink()
            repository.write(OURS, PROJECT)
            repository.begin_so()
        repository.write(added, PROJECT.replace("operations: 1", "operations: 0"))
        number = repository.propose(f"second-{added.removesuffix('.yaml')}")
        found = _errors(repository, "check", number)
        assert not lacking(found["project-file"], OURS, OTHER)
        assert not lacking(found["policy-change"], added)
        repository.sh("git", "checkout", "-q", "-f", "main")


def test_a_project_moves_to_the_other_name_as_a_change_of_the_policy(repository: Repository) -> None:
    repository.sh("git", "mv", OURS, OTHER)
    number = repository.propose("rename")
    assert "policy-change" in _errors(repository, "check", number)
    repository.merge("bob", "carol")
    assert repository.ok("audit").code == 0


def test_a_base_with_two_projects_judges_nothing(repository: Repository) -> None:
    repository.write(OTHER, PROJECT)
    repository.begin_so()
    answer = repository.run("release", "churn", "1.0.0")
    assert answer.code == 3 and not lacking(answer.err, OURS, OTHER)
    answer = repository.run("status")
    assert answer.code and not lacking(answer.err, OURS, OTHER)


def test_a_file_that_cannot_be_read_may_be_ours(repository: Repository, tmp_path: Path) -> None:
    """ "Could not tell" is never "another tool's"."""
    _beside(repository)
    (repository.root / OURS).unlink()
    (repository.root / OURS).symlink_to("params.yaml")
    assert not lacking(_errors(repository, "validate")["project-file"], OURS, OTHER)

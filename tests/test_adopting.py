"""From `init` to a merged promotion, in repositories of many shapes; the edits by hand are counted, and documented."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml
from buckets import S3
from handmade import Handmade
from house import Repository
from shapes import PROJECT_RUN, REGISTRY, SHAPES, Edit, Shape, project_files

pytestmark = pytest.mark.outside

PAGE = Path(__file__).parent.parent / "docs/how-to/begin-in-a-repository.md"
# What doctor finds in every repository that begins: the card is blank, nobody can approve, and nothing is merged.
BEGINNING = {"enough-approvers", "files-valid", "gates-agreed", "merged"}
ADVICE = {"dvc-verify"}  # it refuses nothing
# What a person answers in a card, in its order: the beginning of a line, and what it is then.
ANSWERS = (
    (r"# (license: [a-z0-9.-]+) .*", r"\1"),
    (r"(    class: )high .*", r"\1limited"),
    (r"(.*)To be written:(.*)", r"\1Written:\2"),
)

# ── one adoption ──


def _made(shape: Shape, top: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Handmade, Repository]:
    made = Handmade.begin(top / shape.folder, old=shape.old, remote=shape.remote)
    for path, text in shape.files.items():
        made.write(path, text)
    if shape.has_run:
        _run(made, shape)
    else:
        for path in (path for run in shape.runs for path in (*run.outs, *run.metrics)):
            (made.root / path).unlink()
    return made, _merged(made, capsys)


def _run(made: Handmade, shape: Shape) -> None:
    """What `dvc repro`, `dvc add` and `dvc push` do."""
    for path, text in shape.files.items():
        made.write(path, text)
    if shape.runs:
        made.lock(shape.runs)
    for path in shape.added:
        made.add(path)


def _merged(made: Handmade, capsys: pytest.CaptureFixture[str]) -> Repository:
    made.git("add", "--all")
    made.git("commit", "-q", "-m", "A repository")
    made.git("push", "-q", "-u", "origin", "main")
    return Repository(made.root, capsys)


def _faults(repository: Repository, *model: str) -> set[str]:
    checkups = repository.run("doctor", *model, "--format", "json").json["checkups"]
    return {checkup["id"] for checkup in checkups if checkup["state"] == "fault"} - ADVICE


def _edit(repository: Repository, models: Sequence[str], edits: Sequence[Edit] = ()) -> Counter[str]:
    """Does by hand what must be done; how many lines that are: of cards, of people, of gates, and others."""
    root = repository.root
    before = {path: path.read_text() for path in (*root.rglob("*.yaml"), *root.rglob("README.md"), root / ".gitignore")}
    counts: Counter[str] = Counter()
    for model in models:
        card, kpis = root / f"models/{model}/README.md", root / f"models/{model}/kpis.yaml"
        card.write_text("\n".join(map(_answered, before[card].split("\n"))))
        if not [edit for edit in edits if edit.path == f"models/{model}/kpis.yaml"]:
            kpis.write_text(before[kpis].replace("# gate:", "gate:", 1))
    repository.edit("mlops.yaml", "# - {login: alice", "- {login: alice")
    repository.edit("mlops.yaml", '{login: "<login>"}', "{login: bob, emails: [bob@example.org]}")
    counts["people"] = 2
    for edit in edits:
        repository.edit(edit.path, edit.old, edit.new)
    for path, text in before.items():
        kind = {"README.md": "card", "kpis.yaml": "gates"}.get(path.name, "more")
        counts[kind] += _changed(text, path.read_text())
    counts["more"] -= counts["people"]
    return counts


def _answered(line: str) -> str:
    """A line of a card with its answer; what explains the file at its top stays."""
    for question, answer in ANSWERS if not line.startswith("# The model card") else ():
        line = re.sub(question, answer, line)
    return line.replace("To be written:", "Written:") if not line.startswith("#") else line


def _changed(before: str, after: str) -> int:
    """How many lines of a file are edited, added or removed."""
    matcher = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    return sum(max(b - a, d - c) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal")


def _merge(repository: Repository, *approvers: str) -> None:
    number = repository.ok("pr", "list", "--format", "json").json["pull_requests"][-1]["number"]
    for name in approvers:
        repository.ok("pr", "approve", number, "--as", f"{name}@example.org")
    repository.ok("check", number)
    repository.ok("pr", "merge", "--only", number)
    repository.pull()


def _adopt(made: Handmade, repository: Repository, shape: Shape) -> Counter[str]:
    """Takes a repository from `init` to a merged promotion; the lines that are edited by hand."""
    assert repository.ok("init", "--format", "json").json["models"] == [shape.model]
    _check_drafts(repository, shape)
    assert _faults(repository, shape.model) == BEGINNING | shape.faults, repository.run("doctor", shape.model).out
    edits = _edit(repository, [shape.model], shape.edits)
    if not shape.has_run:
        _run(made, shape)
    repository.ok("validate")
    assert _faults(repository, shape.model) <= {"merged", "bytes-pushed"}
    repository.sh("git", "switch", "-q", "-c", "begin")
    repository.commit("Begin", push=False)
    repository.sh("git", "push", "-q", "origin", "begin")
    repository.ok("pr", "open")
    repository.sh("git", "switch", "-q", "main")
    _merge(repository)
    assert _faults(repository, shape.model) == set()
    repository.ok("release", shape.model, "1.0.0")
    _merge(repository)
    repository.ok("promote", shape.model, "--to", "staging")
    _merge(repository, "bob")
    merged = repository.sh("git", "log", "--first-parent", "--merges", "--format=%s").splitlines()
    assert len(merged) == 3, "each pull request brought something, and none was needed only to hear a refusal"
    assert repository.ok("history", "--format", "json").json
    return edits


def _check_drafts(repository: Repository, shape: Shape) -> None:
    """The card names the files of the model, and the first KPI comes from the evaluation that reads it."""
    card = (repository.root / shape.place / "README.md").read_text()
    artifacts = yaml.safe_load(card.split("---")[1])["mlops"]["artifacts"]
    assert [artifact["path"] for artifact in artifacts] == list(shape.artifacts)
    kpis = (repository.root / shape.place / "kpis.yaml").read_text()
    assert kpis[kpis.index("  metric: ") :].startswith(f"  metric: {shape.first_kpi}")


# ── the shapes ──


def _documented(title: str) -> Counter[str]:
    """The row of the page's table for a shape: lines of the card, people, gates, and more."""
    (row,) = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {title} |")]
    numbers = [cell.strip().partition(" ")[0] for cell in row.split("|")[3:7]]
    return Counter(dict(zip(("card", "people", "gates", "more"), map(int, numbers), strict=True)))


@pytest.mark.parametrize("shape", [shape for shape in SHAPES if shape is not REGISTRY], ids=lambda shape: shape.title)
def test_a_repository_is_adopted(shape: Shape, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _adopt(*_made(shape, tmp_path, capsys), shape) == _documented(shape.title)


def test_a_repository_with_its_data_in_s3_is_adopted(
    s3: S3, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made, repository = _made(REGISTRY, tmp_path, capsys)
    with (made.root / ".dvc/config").open("a") as file:
        file.write(f"    endpointurl = {s3.url}\n")
    repository.commit("The server of the bucket")
    for path in (path for path in made.storage.rglob("*") if path.is_file()):  # as `dvc push` does
        key = f"seg/files/md5/{path.relative_to(made.storage).as_posix()}"
        s3.client.put_object(Bucket="plain", Key=key, Body=path.read_bytes())
    assert _adopt(made, repository, REGISTRY) == _documented(REGISTRY.title)


@pytest.mark.parametrize(
    ("title", "projects", "models"),
    [("two projects in one repository", {"cv": "dice", "nlp": "auc"}, ["model", "nlp"]),
     ("DVC in a subfolder", {"ml": "auc"}, ["ml"])],
)  # fmt: skip
def test_projects_below_the_top_need_no_more_edits(
    title: str, projects: dict[str, str], models: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """tests/test_monorepo.py takes them on to a promotion."""
    made = Handmade.begin(tmp_path / "models", remote="")
    for number, (folder, metric) in enumerate(projects.items()):
        made.project(folder, "../../../storage")
        for path, text in project_files(metric, artifact=len(projects) > 1 and number == 0).items():
            made.write(f"{folder}/{path}", text)
        made.lock(PROJECT_RUN, folder)
    repository = _merged(made, capsys)
    assert repository.ok("init", "--format", "json").json["models"] == models
    assert _edit(repository, models) == _documented(title)
    repository.ok("validate")
    assert _faults(repository) == {"merged"}

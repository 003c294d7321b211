"""card new and card adopt, on a real repository."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from house import CARD, Repository, filled_in
from messages import lacking, lines_with

PATH = "models/churn/README.md"
PROSE = "# Churn\n\nIt ranks accounts.\n\n## Limitations\n\nIt has seen one country only.\n"


@pytest.fixture
def fresh(repository: Repository) -> Repository:
    """A repository whose model has KPIs and measured numbers, and no card."""
    (repository.root / PATH).unlink()
    repository.edit("pipeline.py", '{"p95_ms": 12.5}', '{"p95_ms": 12.5, "test": {"roc_auc": 0.912345}}')
    repository.sh("dvc", "repro", "-q")
    return repository


def _bytes(root: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in root.rglob("*") if p.is_file() and ".git" not in p.relative_to(root).parts}


# ── new ──


def test_a_new_card_passes_once_its_blanks_are_filled(fresh: Repository) -> None:
    answer = fresh.ok("card", "new", "churn")
    assert answer.out.startswith(f"wrote {PATH}\n")
    lines = (fresh.root / PATH).read_text().splitlines()
    listed = [line.strip().split(":", 2) for line in answer.out.splitlines() if line.startswith(f"  {PATH}:")]
    assert f"{len(listed)} blanks are yours to fill:" in answer.out
    assert [int(line) for _, line, _ in listed] == [
        n for n, line in enumerate(lines, 1) for _ in range(line.count("To be written:")) if not line.startswith("#")
    ]
    assert "  - name: churn" in lines and "          - {type: roc_auc, name: test.roc_auc, value: 0.9123}" in lines
    assert any(line.startswith('      md5: "') for line in lines)
    assert "    - {name: Alice, contact: alice@example.org, role: data-science}" in lines
    wrong = fresh.run("validate", "--format", "json").json
    errors = [d["rule"] for d in wrong["diagnostics"] if d["severity"] == "error"]
    assert set(errors) == {"card-placeholders", "card-evidence"}
    fresh.fill_in()
    assert fresh.ok("validate").out.endswith("3 files checked: 0 errors, 0 warnings\n")


def test_the_numbers_are_of_this_model_and_are_checked(fresh: Repository) -> None:
    fresh.ok("card", "new", "churn")
    fresh.fill_in()
    fresh.edit(PATH, "value: 0.9123", "value: 0.9213")
    assert "error[card-claims] the card claims 0.9213 for roc_auc" in fresh.run("validate", PATH).out


def test_a_card_that_is_there_is_not_replaced(repository: Repository) -> None:
    answer = repository.run("card", "new", "churn")
    assert answer.code == 2
    error, help = answer.err.splitlines()
    assert not lacking(error, "error", PATH, "already") and help == f"help: mlops-gitops card adopt {PATH}"
    assert (repository.root / PATH).read_text() == CARD


def test_a_model_of_no_pipeline_gets_a_card_of_blanks(repository: Repository) -> None:
    answer = repository.ok("card", "new", "fraud")
    assert lines_with(answer.out, "note", "no pipeline", "fraud", "churn")
    assert lines_with(answer.out, "model file", "DVC tracks")
    card = repository.root / "models/fraud/README.md"
    card.write_text(filled_in(card.read_text()))
    repository.ok("validate", "models/fraud/README.md")


@pytest.mark.parametrize("words", [("new", "fraud"), ("adopt", "NOTES.md", "--model", "fraud")])
def test_a_dry_run_prints_the_card_and_writes_nothing(repository: Repository, words: tuple[str, ...]) -> None:
    repository.write("NOTES.md", PROSE)
    before = _bytes(repository.root)
    shown = repository.ok("card", *words, "--dry-run").out
    entry = repository.ok("card", *words, "--dry-run", "--format", "json").json
    assert _bytes(repository.root) == before
    assert shown.startswith("would write models/fraud/README.md\n") and entry["text"].rstrip() in shown
    assert not entry["written"] and entry["card"] == "models/fraud/README.md" and entry["blanks"]
    repository.ok("card", *words)
    assert (repository.root / entry["card"]).read_text() == entry["text"]


def test_cards_go_where_the_project_has_them(repository: Repository) -> None:
    repository.edit("mlops.yaml", "environments:\n", "paths: {models: cards/all}\nenvironments:\n")
    repository.ok("card", "new", "churn")
    text = (repository.root / "cards/all/churn/README.md").read_text()
    assert "path: cards/all/churn/explanation.md}" in text


# ── adopt ──


def test_prose_in_place_becomes_a_card(repository: Repository) -> None:
    (repository.root / PATH).write_bytes(b"\xef\xbb\xbf" + PROSE.replace("\n", "\r\n").encode())
    (repository.root / PATH).chmod(0o600)
    entry = repository.ok("card", "adopt", PATH, "--format", "json").json
    assert (entry["model"], entry["written"], entry["quoted"]) == ("churn", True, ["limitations"])
    data = (repository.root / PATH).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf---\r\n") and data.endswith(b"---\r\n" + PROSE.replace("\n", "\r\n").encode())
    assert (repository.root / PATH).stat().st_mode & 0o777 == 0o600
    lines = data.decode().splitlines()
    assert all("To be written:" in lines[blank["line"] - 1] for blank in entry["blanks"])
    found = repository.run("validate", PATH, "--format", "json").json["diagnostics"]
    assert {d["rule"] for d in found if d["severity"] == "error"} == {"card-placeholders", "card-evidence"}
    (repository.root / PATH).write_bytes(filled_in(data.decode()).encode())
    repository.ok("validate", PATH)


def test_adopting_twice_changes_nothing(repository: Repository) -> None:
    repository.write(PATH, PROSE)
    repository.ok("card", "adopt", PATH)
    before = _bytes(repository.root)
    answer = repository.ok("card", "adopt", PATH)
    nothing, following = answer.out.splitlines()
    assert not lacking(nothing, PATH, "already", "nothing was written")
    assert following == f"next: mlops-gitops validate {PATH}"
    assert _bytes(repository.root) == before


def test_a_card_elsewhere_is_left_and_written_to_its_place(repository: Repository) -> None:
    (repository.root / PATH).unlink()
    repository.write("docs/churn/Model card é.md", PROSE)
    answer = repository.ok("card", "adopt", "docs/churn/Model card é.md")
    assert lines_with(answer.out, "note", "docs/churn/Model card é.md", "left", "remove it", PATH)
    assert lines_with(answer.out, "note", "relative links", "models/churn", "validate")
    assert (repository.root / "docs/churn/Model card é.md").read_text() == PROSE
    assert (repository.root / PATH).read_text().endswith(PROSE)
    again = repository.run("card", "adopt", "docs/churn/Model card é.md")
    assert again.code == 2 and lines_with(again.err, "error", PATH, "already", "card of churn")


@pytest.mark.parametrize(
    ("file", "facts", "help"),
    [
        ("gone.md", ("no file gone.md",), ()),
        ("docs/x.md", ("docs/x.md", "no model"), ("help", "--model MODEL", "bad")),
        ("models/fraud/README.md", ("no file models/fraud/README.md",), ()),
        ("../x.md", ("../x.md", "not in the repository"), ()),
        ("dvc.yaml", ("dvc.yaml", "not a Markdown", "README.md"), ()),
        ("models/link/README.md", ("models/link/README.md", "symbolic link"), ()),
        ("models/large/README.md", ("models/large/README.md", "4,194,305 bytes"), ()),
        ("models/bad/README.md", ("models/bad/README.md:2:4", "not YAML"), ()),
        ("models/bytes/README.md", ("models/bytes/README.md:1:1", "not UTF-8"), ()),
    ],
)
def test_what_cannot_be_adopted_is_said_in_a_line(
    repository: Repository, file: str, facts: tuple[str, ...], help: tuple[str, ...]
) -> None:
    for name, data in {"large": b"x" * 4_194_305, "bad": b"---\na: [\n---\n", "bytes": b"\xff\n", "link": b""}.items():
        (repository.root / f"models/{name}").mkdir()
        (repository.root / f"models/{name}/README.md").write_bytes(data)
    repository.write("docs/x.md", PROSE)
    (repository.root / "models/link/README.md").unlink()
    (repository.root / "models/link/README.md").symlink_to("../churn/README.md")
    before = _bytes(repository.root)
    answer = repository.run("card", "adopt", file)
    assert answer.code == 2 and answer.out == ""
    assert lines_with(answer.err, "error", *facts) and lines_with(answer.err, *help)
    assert _bytes(repository.root) == before


def test_a_bad_project_is_said_before_a_card_goes_to_the_wrong_place(repository: Repository) -> None:
    repository.edit("mlops.yaml", "branch: main", "branch: 7")
    answer = repository.run("card", "new", "fraud")
    assert answer.code == 2 and "mlops.yaml is not valid" in answer.err


def test_without_git(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clone = Repository(tmp_path, capsys)
    clone.write("models/a/README.md", PROSE)
    said = clone.ok("card", "adopt", "models/a/README.md", "--format", "json").json
    assert "<login>" in json.dumps(said["blanks"])

"""validate --add-ignores: a repository with old findings begins clean, and what it lists is all that is left."""

from __future__ import annotations

from house import Repository
from messages import lacking

CARD = "models/churn/README.md"


def _with_old_findings(repository: Repository) -> None:
    """Warnings in the card's keys and text, an error that a waiver could let pass, and one that none could."""
    repository.edit(
        CARD, "# Churn", "# Churn\n\n![roc](plots/roc.png)\n\n## Bias\n\n## Use\n\n[More Information Needed]\n"
    )
    repository.edit(CARD, "license: apache-2.0", "license: Apachee 2")


def test_warnings_of_today_are_ignored_and_later_ones_are_not(repository: Repository) -> None:
    _with_old_findings(repository)
    assert repository.ok("validate", "--format", "json").json["summary"]["warnings"] == 4
    answer = repository.ok("validate", "--add-ignores", "--today", "2026-11-30")
    assert "added 4 ignore comments to 1 file" in answer.out
    assert (repository.root / CARD).read_text().count("because it was here on 2026-11-30") == 4
    again = repository.ok("validate", "--format", "json").json
    assert again["summary"]["warnings"] == 0
    assert {d["rule"] for d in again["diagnostics"]} == {
        "card-links",
        "card-sections",
        "card-placeholders",
        "hub-metadata",
    }
    repository.edit(CARD, "[More Information Needed]", "[More Information Needed]\n\n[new](gone.md)")
    (new,) = [
        d for d in repository.ok("validate", "--format", "json").json["diagnostics"] if d["severity"] == "warning"
    ]
    assert (new["rule"], "gone.md" in new["message"]) == ("card-links", True)


def test_errors_are_listed_with_what_they_need(repository: Repository) -> None:
    _with_old_findings(repository)
    repository.edit(CARD, "class: limited", "class: high")
    repository.write("models/fraud/README.md", "# Fraud\n")
    answer = repository.run("validate", "--add-ignores")
    assert answer.code == 1
    lines = answer.out.splitlines()
    waiver = next(n for n, line in enumerate(lines) if not lacking(line, "waiver", "fix"))
    fix = next(n for n, line in enumerate(lines) if not lacking(line, "cannot", "waived"))
    assert lines[waiver + 1].startswith(f"  card-evidence in {CARD}") and waiver < fix
    assert lines[fix + 1] == "  card-dialect in models/fraud/README.md"
    told = repository.run("validate", "--add-ignores", "--format", "json").json["ignores"]
    assert {entry["rule"] for entry in told["need_waiver"]} == {"card-evidence"} and told["added"] == []


def test_a_record_is_left_as_it_is(repository: Repository) -> None:
    """Releases, records, states and decisions are on record; a warning there is listed."""
    repository.ok("release", "churn", "1.0.0", "--local")
    before = {path: path.read_bytes() for path in (repository.root / "releases").rglob("*.yaml")}
    _with_old_findings(repository)
    repository.ok("validate", "--add-ignores")
    assert before and all(path.read_bytes() == data for path, data in before.items())


def test_it_is_about_the_files_and_not_about_a_change(repository: Repository) -> None:
    answer = repository.run("validate", "--add-ignores", "--base", "HEAD")
    assert answer.code == 2 and not lacking(answer.err, "--add-ignores", "--base")

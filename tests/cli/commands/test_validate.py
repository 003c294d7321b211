"""validate: the same answer for the same files, each fault at its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from house import Repository
from messages import lacking


def test_a_sound_repository_passes(repository: Repository) -> None:
    assert repository.ok("validate").out == "3 files checked: 0 errors, 0 warnings\n"


def test_a_fault_is_shown_with_its_line(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "class: limited", "class: limitd")
    answer = repository.run("validate")
    assert answer.code == 1
    first, *rest = answer.out.splitlines()
    assert first.startswith("models/churn/README.md:8:17: error[schema]")
    assert not lacking(first, "mlops.risk.class", '"limitd"', "must be", "minimal, limited, high")
    assert rest[:3] == [
        "  8 |   risk: {class: limitd, rationale: Ranks accounts for a call.}",
        "    |                 ^^^^^^",
        "  help: did you mean 'limited'?",
    ]


def test_the_json_contract(repository: Repository) -> None:
    repository.edit("mlops.yaml", "after: [staging]", "after: [stagng]")
    answer = repository.run("validate", "--format", "json")
    (found,) = answer.json["diagnostics"]
    assert answer.json["summary"] == {"files": 3, "errors": 1, "warnings": 0}
    assert {k: found[k] for k in ("rule", "severity", "path", "line", "column", "end_line", "end_column")} == {
        "rule": "known-environment", "severity": "error", "path": "mlops.yaml", "line": 12, "column": 24,
        "end_line": 12, "end_column": 30,
    }  # fmt: skip


def test_annotations_cannot_be_forged(repository: Repository) -> None:
    repository.write("decisions/a,b:c%.yaml", 'kind: Decision\n"x\\n::error::forged": 1\n')
    answer = repository.run("validate", "--format", "github")
    assert "file=decisions/a%2Cb%3Ac%25.yaml" in answer.out
    assert not [line for line in answer.out.splitlines() if line.lstrip().startswith("::error::forged")]


def test_only_the_files_that_are_named(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "class: limited", "class: limitd")
    assert repository.ok("validate", "models/churn/kpis.yaml").out.startswith("1 file checked: 0 errors")
    assert repository.run("validate", "models/churn/README.md").code == 1


def test_a_path_is_one_from_here_or_else_from_the_root(repository: Repository) -> None:
    path, here = "models/churn/kpis.yaml", repository.root / "models"
    assert _process(here, "validate", path).stdout.startswith("1 file checked: 0 errors")
    repository.write(f"models/{path}", "kind: KPIs\n")
    done = _process(here, "validate", path)
    assert done.returncode == 1 and f"models/{path}" in done.stdout
    assert _process(here, "validate", "../../x.yaml").returncode == 2


def test_a_named_file_is_judged_by_what_it_names_and_no_other_file_is(repository: Repository) -> None:
    repository.edit("mlops.yaml", "after: [staging]", "after: [stagng]")
    repository.edit("models/churn/kpis.yaml", "owner: data-science", "owner: data")
    repository.edit("models/churn/kpis.yaml", "baseline: production", "baseline: prod")
    answer = repository.run("validate", "models/churn/kpis.yaml", "--format", "json")
    found = [(diagnostic["rule"], diagnostic["path"]) for diagnostic in answer.json["diagnostics"]]
    assert found == [(rule, "models/churn/kpis.yaml") for rule in ("known-role", "known-environment")]
    assert repository.ok("validate", "models/churn/README.md").out.startswith("1 file checked: 0 errors")
    assert "error[known-environment]" in repository.run("validate", "mlops.yaml").out


def test_a_file_elsewhere_is_read_as_what_it_says_it_is(repository: Repository) -> None:
    repository.write("drafts/card.md", "---\nmlops: 1\n---\n")
    assert "mlops must be a mapping" in repository.run("validate", "drafts/card.md").out
    repository.write("drafts/x.yaml", "kind: Nothing\n")
    answer = repository.run("validate", "drafts/x.yaml")
    assert (answer.code, "not a file of this tool" in answer.err) == (2, True)
    assert repository.run("validate", "drafts/none.yaml").code == 2


def test_with_a_base_what_is_on_record_may_not_change(repository: Repository) -> None:
    repository.release()
    base = repository.sh("git", "rev-parse", "HEAD")
    repository.edit("releases/churn/1.0.0.yaml", "format: skops", "format: onnx")
    assert repository.ok("validate").code == 0
    answer = repository.run("validate", "--base", base)
    assert (answer.code, "error[immutable]" in answer.out) == (1, True)
    assert repository.run("validate", "--base", "nowhere").code == 2


def test_what_the_base_added_meanwhile_is_not_taken_for_a_removal(repository: Repository) -> None:
    repository.sh("git", "checkout", "-q", "-b", "topic")
    repository.write("notes.txt", "mine\n")
    repository.commit("Mine", push=False)
    repository.sh("git", "checkout", "-q", "main")
    repository.release()
    repository.sh("git", "checkout", "-q", "topic")
    repository.ok("validate", "--base", "origin/main")
    repository.ok("check")


@pytest.mark.parametrize(
    ("path", "data", "said"),
    [
        ("models/churn/kpis.yaml", b"", "the file is empty"),
        ("models/churn/kpis.yaml", b"\xff\xfe", "is not UTF-8"),
        ("models/churn/kpis.yaml", b"[1, 2]", "the file must be a mapping"),
        ("models/churn/kpis.yaml", b"a: &a [*a]", "names nothing complete"),
        ("models/churn/README.md", b"# Churn\n", "no front matter"),
        ("environments/staging/churn.yaml", b"kind: DesiredState\nkind: DesiredState\n", "appears twice"),
        ("promotions/staging/churn/0001.json", b"{", "not JSON"),
        ("releases/churn/latest.yaml", b"kind: Release\n", "is not where the tool looks"),
        ("releases/churn/1.0.0.yaml", b"kind: Release\n", "is missing"),
        ("promotions/.hidden/churn/0001.json", b"{}", "is not where the tool looks"),
        ("releases/churn.yaml", b"kind: Release\n", "is not where the tool looks"),
    ],
)
def test_hostile_files_get_a_plain_diagnostic(repository: Repository, path: str, data: bytes, said: str) -> None:
    target = repository.root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(data)
    answer = repository.run("validate")
    assert (answer.code, said in answer.out, answer.err) == (1, True, ""), answer


def test_a_link_out_of_the_repository_is_refused(repository: Repository) -> None:
    (repository.root / "models/churn/kpis.yaml").unlink()
    os.symlink("/etc/passwd", repository.root / "models/churn/kpis.yaml")
    answer = repository.run("validate")
    assert (answer.code, "is a symbolic link" in answer.out, "root:" in answer.out) == (1, True, False)


def test_escape_codes_in_a_card_do_not_reach_the_terminal(repository: Repository) -> None:
    repository.edit("models/churn/README.md", "class: limited", 'class: "\\e[31mred"')
    assert "\x1b" not in repository.run("validate").out


def test_without_the_tool_s_files(tmp_path: Path) -> None:
    done = _process(tmp_path, "validate")
    assert (done.returncode, "mlops-gitops init" in done.stdout) == (1, True)


def test_it_imports_neither_dvc_nor_sklearn_nor_git(repository: Repository) -> None:
    script = (
        "import sys; from mlops_gitops.cli.main import main; code = main(['validate', '--format', 'json']);"
        "heavy = {'dvc', 'sklearn', 'git', 'duckdb', 'numpy', 'jsonschema', 'subprocess'} & set(sys.modules);"
        "print(sorted(heavy), file=sys.stderr)"
    )
    done = _process(repository.root, script=script)
    assert (json.loads(done.stdout)["summary"]["errors"], done.stderr) == (0, "[]\n")


def _process(cwd: Path, *args: str, script: str = "") -> subprocess.CompletedProcess[str]:
    start = ["-c", script] if script else ["-m", "mlops_gitops", *args]
    root = str(Path(__file__).parent.parent.parent.parent)
    return subprocess.run(
        [sys.executable, *start],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": root},
    )

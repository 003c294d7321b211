"""action.yml: its own steps, run on a real repository, and what it says of itself."""

from __future__ import annotations

import json
import os
import re
import shutil
import tomllib
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
import yaml
from acting import Job
from house import Repository
from messages import lacking
from packaging.requirements import Requirement
from packaging.version import Version

pytestmark = pytest.mark.outside

TOP = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((TOP / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
PAGE = (TOP / "docs/reference/action.md").read_text()
OLDEST = (0, 8, 24)  # of uv
CARD = "models/churn/README.md"


def test_it_is_a_composite_of_its_own_steps_and_no_input_reaches_the_shell_as_code() -> None:
    assert ACTION["runs"]["using"] == "composite" and all("uses" not in step for step in STEPS)
    assert all("${{" not in step["run"] and step["shell"] == "bash" for step in STEPS)
    assert [step["name"] for step in STEPS if "GITHUB_TOKEN" in step["env"]] == ["Run mlops-gitops"]
    described = [*ACTION["inputs"].values(), *ACTION["outputs"].values()]
    assert all(len(entry["description"]) > 20 for entry in described) and set(ACTION["branding"]) == {"icon", "color"}


@pytest.mark.parametrize("kind", ["inputs", "outputs"])
def test_the_page_says_of_each_what_action_yml_says(kind: str) -> None:
    (section,) = re.findall(rf"\n## {kind.capitalize()}\n(.*?)(?=\n## )", PAGE, re.DOTALL)
    rows = {name: line for line in section.splitlines() for name in re.findall(r"^\| `([a-z-]+)` \|", line)}
    assert list(rows) == list(ACTION[kind])
    for name, entry in ACTION[kind].items():
        assert entry["description"] in rows[name]


def test_a_job_passes_and_fails_and_its_outputs_say_so(repository: Repository, job: Job) -> None:
    good = job.use(repository.root)
    assert good.code == 0 and good.log.endswith("3 files checked: 0 errors, 0 warnings\n"), good.log
    assert re.search(r"^mlops-gitops: installed(?: already, found)? in [0-9]+\.[0-9] s$", good.log, re.MULTILINE)
    assert (good.outputs["outcome"], good.outputs["exit-code"]) == ("passed", "0")
    repository.edit(CARD, "class: limited", "class: limitd")
    bad = job.use(repository.root)
    assert "mlops-gitops: installed already, found in 0." in bad.log and "::group::" not in bad.log
    assert f"\n::error file={CARD},line=8,col=17" in bad.log
    assert bad.code == 1 and (bad.outputs["outcome"], bad.outputs["exit-code"]) == ("failed", "1")
    assert (bad.outputs["pull-request-number"], bad.outputs["pull-request-url"]) == ("", "")
    sarif = json.loads(Path(bad.outputs["sarif-file"]).read_text())
    (result,) = sarif["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == CARD
    heads = [line for line in job.summary.splitlines() if line.startswith("###")]
    assert heads == ["### mlops-gitops validate: passed", "### mlops-gitops validate: failed, 1 error"]


def test_a_format_of_the_command_s_own_leaves_the_outputs_as_they_are(repository: Repository, job: Job) -> None:
    done = job.use(repository.root / "models", command="validate", arguments="--format\njson\n")
    printed = done.log[done.log.index("\n{\n") + 1 :]
    assert (done.code, done.outputs["outcome"]) == (0, "passed")
    assert printed == Path(done.outputs["diagnostics"]).read_text() and json.loads(printed)["diagnostics"] == []


def test_what_stands_after_two_hyphens_is_no_option(repository: Repository, job: Job) -> None:
    repository.edit(CARD, "class: limited", "class: limitd")
    done = job.use(repository.root, arguments=f"--\n{CARD}\n")
    assert done.code == 1 and f"\n::error file={CARD},line=8,col=17" in done.log, done.log


HOSTILE = ("$(touch ran)", "`touch ran`", "; touch ran", "*", "'\"", "| touch ran", "$HOME", "\\", "--x=$(touch ran)")


def test_inputs_are_words_and_never_run(repository: Repository, job: Job) -> None:
    done = job.use(repository.root, command=f"rules {' '.join(HOSTILE)}")
    assert done.code == 2 and (done.outputs["outcome"], done.outputs["exit-code"]) == ("misused", "2"), done.log
    for words in HOSTILE:
        done = job.use(repository.root, command="rules", arguments=f"{words}\n")
        (said,) = [line for line in done.log.splitlines() if line.startswith("::error title=mlops-gitops::")]
        assert done.code == 2 and (words in said or repr(words)[1:-1] in said), said
    assert not list(repository.root.rglob("ran"))


def test_an_error_that_would_be_a_command_is_none(repository: Repository, job: Job) -> None:
    hostile = "##[error]x ::set-output name=outcome::passed %0A::error::"
    done = job.use(repository.root, command="rules", arguments=hostile)
    commands = [line for line in done.log.splitlines() if line.lstrip().startswith("::") or "##[" in line]
    assert [line[:8] for line in commands if not line.startswith(("::group", "::endgroup"))] == ["::add-ma", "::error "]
    assert done.outputs["outcome"] == "misused" and "%250A" in done.log
    told = json.loads(Path(done.outputs["diagnostics"]).read_text())
    assert told["error"].startswith("there is no rule") and done.outputs["sarif-file"] == ""
    assert job.summary.startswith("### mlops-gitops rules: usage or configuration\n\nerror: there is no rule")


def test_the_token_is_masked_and_never_shown(repository: Repository, job: Job) -> None:
    first = job.use(repository.root, token="ghs_0123456789")
    masked = first.log.index("::add-mask::ghs_0123456789\n")
    assert first.log.count("ghs_0123456789") == 1 and "files checked" not in first.log[:masked]
    for odd in ("", "a b", "x\n::error::y", "$(touch ran)"):
        assert "add-mask" not in job.use(repository.root, token=odd).log
    written = [path.read_text() for path in job.temporary.rglob("*") if path.is_file()]
    assert written and not any("ghs_0123456789" in text for text in written)


PLANTED = ("mlops_gitops.py", "yaml.py", "pip.py", "venv.py", "zlib.py", "sitecustomize.py", "jsonschema_rs.py")


def test_it_installs_offline_and_runs_nothing_that_lies_in_the_repository(repository: Repository, job: Job) -> None:
    first = job.use(repository.root)
    assert first.code == 0, first.log
    uv = next((job.installed / "mlops-gitops").glob("uv-*"), None)
    folder = Path(uv.read_text()).parent if uv else Path(str(shutil.which("uv"))).parent
    for name in PLANTED:
        repository.write(name, "import pathlib\npathlib.Path('ran').touch()\nraise SystemExit(9)\n")
    repository.write("uv.toml", 'index-url = "http://127.0.0.1:9/simple"\n')
    fresh = Job(job.action, job.temporary / "another job", job.lock, dict(job.env))
    fresh.temporary.mkdir()
    alone = {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1", "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    done = fresh.use(repository.root, env=alone | {"PYTHONPATH": str(repository.root)})
    assert done.code == 0 and "\n::group::Install mlops-gitops\n" in f"\n{done.log}", done.log
    assert "of this runner" in done.log and done.outputs["outcome"] == "passed"
    assert not (repository.root / "ran").exists()


def test_commands_that_need_no_data_run_with_the_extra_for_github_alone(repository: Repository, job: Job) -> None:
    repository.ok("release", "churn", "1.0.0")
    listed = job.use(repository.root, command="pr list")
    assert listed.code == 0 and "| #1 | open |" in listed.log, listed.log
    assert re.search(r"^mlops-gitops with github: installed", listed.log, re.MULTILINE)
    repository.merge()
    repository.sh("git", "push", "-q", "origin", ":refs/tags/churn@v1.0.0")
    recorded = job.use(repository.root, command="record")
    assert recorded.code == 0 and "1 receipt written" in recorded.log, recorded.log


def test_a_runner_without_a_fitting_python_gets_one_plain_line(
    repository: Repository, job: Job, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin/python3").chmod(0o755)
    done = job.use(repository.root, env={"PATH": str(tmp_path / "bin")})
    assert (done.code, done.outputs["outcome"], done.outputs["exit-code"]) == (3, "undecided", "3")
    assert done.log.startswith("::error title=mlops-gitops::") and not lacking(done.log, "no Python", "3.11")


def test_what_cannot_be_installed_is_one_plain_line(repository: Repository, job: Job) -> None:
    done = job.use(repository.root, remotes="s3 ftp")
    assert (done.code, done.outputs["outcome"]) == (3, "undecided")
    (line,) = done.log.splitlines()
    assert line.startswith("::error title=mlops-gitops::")
    assert not lacking(line, "not be installed", "`remotes`", "s3, gs, azure, ssh", "not ftp")


# ── the locks ──

PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text())["project"]
LOCKED = {
    "base": (),
    "github": ("github",),
    "gates": ("gates", "github"),
    **{remote: ("gates", "github", remote) for remote in ("s3", "gs", "azure", "ssh")},
}


def _pins(name: str) -> dict[str, Version]:
    """What a lock pins; a line of it that has no hash, or names an address, is a fault."""
    text = (TOP / f"requirements/{name}.txt").read_text()
    pins = {}
    for block in re.split(r"\n(?=\S)", re.sub(r"(?m)^ *#.*\n", "", text).strip()):
        pin = re.match(r"([a-z0-9-]+)(?:\[[a-z0-9, -]+\])?==(\S+) ", block)
        assert pin and re.search("--hash=sha256:[0-9a-f]{64}", block) and "//" not in block, block
        pins[pin[1]] = Version(pin[2])
    return pins


@pytest.mark.parametrize("name", LOCKED)
def test_a_lock_holds_all_that_is_asked_for_with_hashes(name: str) -> None:
    pins = _pins(name)
    extras = (PROJECT["optional-dependencies"][extra] for extra in LOCKED[name])
    for asked in map(Requirement, [*PROJECT["dependencies"], *chain(*extras)]):
        assert pins[re.sub("[-_.]+", "-", asked.name).lower()] in asked.specifier, asked


def test_locks_agree_so_that_several_can_be_installed_together() -> None:
    whole: dict[str, Version] = {}
    for name in LOCKED:
        for package, version in _pins(name).items():
            assert whole.setdefault(package, version) == version, (name, package)


def test_what_installs_and_builds_is_pinned_with_hashes() -> None:
    built = _pins("build")
    for text in tomllib.loads((TOP / "pyproject.toml").read_text())["build-system"]["requires"]:
        asked = Requirement(text)
        assert built[asked.name] in asked.specifier
    assert "setuptools" in built  # for antlr4-python3-runtime, the one dependency without a wheel
    uv = _pins("uv")
    assert list(uv) == ["uv"] and uv["uv"].release >= OLDEST
    assert f"OLDEST = {OLDEST}" in (TOP / "action/install.py").read_text() and "0.8.24 or newer" in PAGE

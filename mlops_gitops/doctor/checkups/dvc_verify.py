"""DVC checks the bytes it downloads.

Nothing here is wrong with the model or with its files. By default `dvc pull` does not compare what it downloads with
the digest in its name: a damaged or replaced object of S3, HTTP or a folder arrives unnoticed. With `verify true` it
compares, as it does for gdrive and oss without it. `gate`, `check` and `fetch` hash everything they read, so releases
are safe either way; this is for the people and jobs that run `dvc pull`. It reads the `.dvc/config` of every DVC
project of the base.

`dvc remote modify REMOTE verify true` in the project's folder, and commit .dvc/config.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.doctor.checkup import Case, Checkup
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.doctor.finding import Finding, fault, not_needed, ok, unverified
from mlops_gitops.forges.settings import Unknown
from mlops_gitops.pipelines.dvc_projects import config_path, dvc_command
from mlops_gitops.policy.rule import Edit

PATH = ".dvc/config"
VERIFYING = frozenset({"gdrive", "oss"})
TRUE = frozenset({"true", "yes", "on", "1", "t", "y"})
FALSE = frozenset({"false", "no", "off", "0", "f", "n"})


def examine(facts: Facts) -> Iterator[Finding]:
    """One finding for each remote of each DVC project."""
    for folder, remotes in facts.remotes.items():
        if isinstance(remotes, Unknown):
            reason = f"could not tell whether DVC checks what it downloads: {remotes.reason}"
            yield unverified(reason, path=config_path(folder))
        else:
            yield from (_remote_finding(folder, name, settings) for name, settings in remotes.items())
    if not any(facts.remotes.values()):
        yield not_needed("no .dvc/config of the base has a remote")


def _remote_finding(folder: str, name: str, settings: Mapping[str, str]) -> Finding:
    path = config_path(folder)
    scheme, separator, _ = settings.get("url", "").partition("://")
    default = str(bool(separator) and scheme.casefold() in VERIFYING)
    verify = settings.get("verify", default).casefold()
    if verify in TRUE:
        return ok(f"DVC checks what it downloads from {name}")
    if verify not in FALSE:
        return unverified(f"the remote {name} has verify {verify!r}, which is neither true nor false", path=path)
    fix = dvc_command(f"remote modify {name} verify true", folder)
    reason = f"`dvc pull` does not check what it downloads from the remote {name}: a damaged file goes unnoticed"
    return fault(reason, fix, path)


_VERIFY = "    verify = true\n"

CHECKUP = Checkup(
    "dvc-verify",
    __doc__,
    examine,
    ok=(
        Case((Edit(PATH, None, None),), local=True),
        Case((Edit(PATH, _VERIFY, ""), Edit(PATH, "s3://", "gdrive://"))),
    ),
    bad=(
        Case((Edit(PATH, _VERIFY, ""),), local=True),
        Case((Edit(PATH, "= true", "= False"),)),
        Case((Edit("cv/.dvc/config", None, "['remote \"storage\"']\n    url = s3://models/cv\n"),)),
    ),
    unsure=(Case((Edit(PATH, "= true", "= maybe"),)), Case((Edit(PATH, "['remote", "[['remote"),), local=True)),
)

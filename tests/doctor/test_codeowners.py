"""CODEOWNERS: the examples of GitHub's own documentation, and which line counts."""

from __future__ import annotations

import pytest
from cases import cases

from mlops_gitops.doctor import codeowners
from mlops_gitops.documents.tree import Overlay, Unreadable


def _owners(text: str, path: str, place: str = "CODEOWNERS") -> tuple[str, ...]:
    owners = codeowners.read_code_owners(Overlay({place: text.encode()}))
    assert owners and owners.path == place
    return owners.owners(path)


@cases(
    "pattern, path, owned",
    [
        ("*", "a/b.txt", True),
        ("*.js", "a/b.js", True),
        ("*.js", "a/b.jsx", False),
        ("/build/logs/", "build/logs/a/b", True),
        ("/build/logs/", "x/build/logs/a", False),
        ("docs/*", "docs/getting-started.md", True),
        ("docs/*", "docs/build-app/troubleshooting.md", False),
        ("apps/", "x/apps/a", True),
        ("apps/", "apps", False),
        ("/docs/", "docs/a/b", True),
        ("**/logs", "build/logs/a", True),
        ("**/logs", "logs", True),
        ("/apps/github", "apps/github/x", True),
        ("models/*/kpis.yaml", "models/churn/kpis.yaml", True),
        ("models/*/kpis.yaml", "x/models/churn/kpis.yaml", False),
        ("models/*/kpis.yaml", "models/a/b/kpis.yaml", False),
        ("models/**/kpis.yaml", "models/a/b/kpis.yaml", True),
        ("mlops.y?ml", "mlops.yaml", True),
        ("mlops.yaml", "x/mlops.yaml", True),
        ("/mlops.yaml", "x/mlops.yaml", False),
        ("[m]lops.yaml", "mlops.yaml", False),
        ("!mlops.yaml", "mlops.yaml", False),
        ("environments/**", "environments/a/b", True),
    ],
)
def test_what_a_pattern_takes_in(pattern: str, path: str, owned: bool) -> None:
    assert bool(_owners(f"{pattern} @octocat\n", path)) is owned


def test_the_last_line_that_matches_counts_and_one_without_owners_takes_them_away() -> None:
    text = "# all\n* @global @second # comment\n/apps/ @octocat\n/apps/github\n"
    assert _owners(text, "x") == ("@global", "@second")
    assert _owners(text, "apps/x") == ("@octocat",)
    assert _owners(text, "apps/github/x") == ()


def test_the_first_place_counts() -> None:
    files = {"docs/CODEOWNERS": b"* @docs", "CODEOWNERS": b"* @root", ".github/CODEOWNERS": b"x @github"}
    owners = codeowners.read_code_owners(Overlay(files))
    assert owners and owners.path == ".github/CODEOWNERS" and owners.owners("y") == ()
    assert codeowners.read_code_owners(Overlay({})) is None


def test_what_is_no_text_is_not_read() -> None:
    with pytest.raises(Unreadable):
        codeowners.read_code_owners(Overlay({"CODEOWNERS": b"\xff\xfe"}))

"""The documentation site: Sphinx on the Markdown of docs/, which is written to be read on GitHub as well.

What only the site needs is added here as the pages are read: its navigation, and where links out of docs/ lead.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from docutils.nodes import document
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinxcontrib.mermaid import mermaid

TOP = Path(__file__).parent.parent
DIAGRAMS = TOP / ".node/site/node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js"
# What a browser fetches by itself, as links are not.
ELSEWHERE = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*(?:https?:)?//[^>]*>|\bfrom ["'](?:https?:)?//""")
REPOSITORY = "https://github.com/mlops-gitops/mlops-gitops"
# A page that stands in none of these fails the build, and so does one that is not there.
NAVIGATION = {
    "Tutorial": [
        "tutorial/first-promotion",
        "tutorial/keep-it-good",
        "tutorial/retrain-it",
        "tutorial/roll-it-out",
        "tutorial/prove-it",
    ],
    "How-to guides": [
        "how-to/begin-in-a-repository",
        "how-to/github-without-an-app",
        "how-to/github",
        "how-to/hooks",
        "how-to/edit-in-an-editor",
        "how-to/upgrade",
        "how-to/move-from-git-lfs",
        "how-to/several-projects",
        "how-to/adopt-a-card",
        "how-to/adopt-a-running-model",
        "how-to/choose-a-gate",
        "how-to/choose-a-budget",
        "how-to/watch-windows-in-s3",
        "how-to/watch-segments",
        "how-to/labels-that-come-late",
        "how-to/merge-in-one-step",
        "how-to/roll-back",
        "how-to/decide-in-an-emergency",
        "how-to/answer-an-alarm",
        "how-to/retrain",
        "how-to/state-the-policy",
        "how-to/answer-to-a-regulation",
        "how-to/explain-a-model",
        "how-to/fetch",
        "how-to/load-a-model",
        "how-to/set-manifests",
        "how-to/roll-out-in-waves",
        "how-to/observe-a-rollout",
        "how-to/roll-out-to-kserve",
        "how-to/roll-out-with-flux",
        "how-to/roll-out-to-sagemaker",
        "how-to/roll-out-to-a-fleet",
        "how-to/hand-evidence-to-an-auditor",
        "how-to/keep-an-anchor",
        "how-to/troubleshoot",
    ],
    "Reference": [
        "reference/cli",
        "reference/files",
        "reference/metrics",
        "reference/data",
        "reference/platforms",
        "reference/github",
        "reference/action",
        "reference/policies",
        "reference/rules/index",
        "reference/rules/every-file",
        "reference/rules/model-cards",
        "reference/rules/kpis",
        "reference/rules/monitoring",
        "reference/rules/retraining",
        "reference/rules/project",
        "reference/rules/releases",
        "reference/rules/desired-states",
        "reference/rules/promotions",
        "reference/rules/decisions",
        "reference/rules/packs",
        "reference/rules/pull-requests",
        "reference/rules/audit",
        "reference/doctor",
        "reference/packs/eu-ai-act",
        "reference/packs/us-mrm",
        "reference/packs/us-co-admt",
        "reference/packs/nyc-ll144",
    ],
    "Explanation": [
        "explanation/merging-is-the-promotion",
        "explanation/a-promotion-on-github",
        "explanation/who-writes-which-file",
        "explanation/one-answer",
        "explanation/github",
        "explanation/separation-of-duties",
        "explanation/who-decides-on-a-retraining",
        "explanation/what-the-audit-proves",
        "explanation/statistics",
    ],
    "The project": ["style", "reference/corpus", "benchmarks", "dependencies"],
}

project = "mlops-gitops"
extensions = ["myst_parser", "sphinxcontrib.mermaid"]
templates_path: list[str] = []
html_theme = "furo"
html_title = "mlops-gitops"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
smartquotes = False
pygments_dark_style = "github-dark"
html_theme_options = {"source_repository": REPOSITORY, "source_branch": "main", "source_directory": "docs/"}
myst_heading_anchors = 4
myst_fence_as_directive = ["mermaid"]
mermaid_use_local = "mermaid.mjs"
mermaid_fullscreen = False
nitpicky = True


def _read(_: Sphinx, name: str, source: list[str]) -> None:
    page = TOP / "docs" / f"{name}.md"
    source[0] = re.sub(r"(?<=\]\()(?:\.\./)+[^)#\s]+", lambda link: _leading_out(page, link[0]), source[0])
    if name == "index":
        source[0] += "".join(map(_contents, NAVIGATION))


def _leading_out(page: Path, link: str) -> str:
    """Where a link leads on the site. One to nothing stays as it is, which fails the build."""
    its = (page.parent / link).resolve()
    leaves = its.is_relative_to(TOP) and not its.is_relative_to(TOP / "docs")
    return f"{REPOSITORY}/blob/main/{its.relative_to(TOP)}" if leaves and its.exists() else link


def _contents(part: str) -> str:
    return "\n".join(["", "", "```{toctree}", ":hidden:", f":caption: {part}", "", *NAVIGATION[part], "```", ""])


def _drawn(app: Sphinx, _: str, __: str, ___: dict[str, Any], page: document | None) -> None:
    # No module, so mermaid.mjs cannot import it: only where there is a diagram, since it is large.
    if page is not None and page.next_node(mermaid):
        app.add_js_file(DIAGRAMS.name)


def _copied(app: Sphinx, failure: Exception | None) -> None:
    if failure is None:
        shutil.copy(DIAGRAMS, Path(app.outdir) / "_static" / DIAGRAMS.name)


def _alone(app: Sphinx, _: Exception | None) -> None:
    for page in sorted(Path(app.outdir).rglob("*.html")):
        if found := ELSEWHERE.search(page.read_text("utf-8")):
            raise ExtensionError(f"{page.name} would have readers' browsers ask another host: {found[0]}")


def setup(app: Sphinx) -> None:
    """Sphinx calls this."""
    app.connect("source-read", _read)
    app.connect("html-page-context", _drawn)
    app.connect("build-finished", _copied)
    app.connect("build-finished", _alone)

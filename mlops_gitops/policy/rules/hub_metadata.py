"""The card's keys for the Hugging Face Hub say what the Hub understands: licence, task and languages.

The Hub files a model under these words, and people look for it and decide about it by them. A licence it does not know
is shown as none; `other` without a name and a link tells nobody what they may do.

Names the Hub knows differ from the usual ones mostly in case: `--fix` writes those its way. For a licence of your own:
`license: other` with `license_name` and `license_link`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.documents.document import Document, Route
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import card
from mlops_gitops.repository.context import Context

_LICENCES = frozenset(  # as the Hub lists them
    """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc
    cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0
    cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
    cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
    eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c
    ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openrail++ osl-3.0 postgresql ofl-1.1 ncsa
    unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1
    llama3.2 llama3.3 llama4 grok2-community gemma unknown other
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
_TASKS = frozenset(  # as the Hub lists them
    """
    text-classification token-classification table-question-answering question-answering
    zero-shot-classification translation summarization feature-extraction text-generation text2text-generation
    fill-mask sentence-similarity text-to-speech text-to-audio automatic-speech-recognition audio-to-audio
    audio-classification audio-text-to-text voice-activity-detection depth-estimation image-classification
    object-detection image-segmentation text-to-image image-to-text image-to-image image-to-video
    unconditional-image-generation video-classification reinforcement-learning robotics tabular-classification
    tabular-regression tabular-to-text table-to-text multiple-choice text-ranking text-retrieval
    time-series-forecasting text-to-video image-text-to-text image-text-to-image image-text-to-video
    visual-question-answering document-question-answering zero-shot-image-classification graph-ml
    mask-generation zero-shot-object-detection text-to-3d image-to-3d image-feature-extraction
    video-text-to-text video-to-video keypoint-detection visual-document-retrieval any-to-any conversational
    other
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
# ISO 639-1, -2 or -3 with an optional script or region (BCP 47), and the three words the Hub has besides.
_LANGUAGE = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*|multilingual|code")
_ALIASES = {"apache": "apache-2.0", "apache2": "apache-2.0", "mitlicense": "mit", "gplv3": "gpl-3.0",
            "gplv2": "gpl-2.0", "bsd3": "bsd-3-clause", "bsd2": "bsd-2-clause",
            "ccby": "cc-by-4.0", "cc0": "cc0-1.0"}  # fmt: skip


def check(context: Context) -> Iterator[Diagnostic]:
    """One finding a value."""
    for document in context.head.documents(card.KIND):
        yield from _licences(document)
        task = document.data.get("pipeline_tag")
        if isinstance(task, str) and task not in _TASKS:
            yield _unknown(document, "task", task, ("pipeline_tag",), _TASKS)
        for route, language in _values(document, "language"):
            if not _LANGUAGE.fullmatch(language):
                message = f"{language!r} is no language code of ISO 639"
                yield document.problem(RULE.id, message, route, severity=Severity.WARNING, help="such as en, de or zh")


def _licences(document: Document) -> Iterator[Diagnostic]:
    found = list(_values(document, "license"))
    if not found and not document.data.get("license"):
        message = "the card names no licence, so nobody knows what they may do with the model"
        help = "add `license:`, or `license: other` with license_name and license_link"
        yield document.problem(RULE.id, message, severity=Severity.WARNING, help=help)
    for route, name in found:
        if name == "other":
            lacking = [key for key in ("license_name", "license_link") if not document.data.get(key)]
            if lacking:
                message = f"the licence is `other`, and {' and '.join(lacking)} {_are(lacking)} missing"
                yield document.problem(RULE.id, message, route, help="name it, and link to its text")
        elif name not in _LICENCES:
            yield _unknown(document, "licence", name, route, _LICENCES)


def _are(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _unknown(document: Document, noun: str, name: str, route: Route, known: frozenset[str]) -> Diagnostic:
    meant = _meant(name, known)
    fix = (
        document.rewrite_fix(route, meant, f"write {meant} for {name}")
        if meant and document.source_text(route)
        else None
    )
    near = [meant] if meant else difflib.get_close_matches(name.casefold(), sorted(known), n=1)
    help = f"did you mean {near[0]!r}?" if near else "" if noun == "task" else "if it is your own: license: other"
    message = f"the Hub knows no {noun} {name!r}"
    return document.problem(RULE.id, message, route, severity=Severity.WARNING, help=help, fix=fix)


def _meant(name: str, known: frozenset[str]) -> str:
    """The known name that is the same but for case, spaces and hyphens; empty when there is none."""
    plain = re.sub(r"[^a-z0-9+]", "", name.casefold())
    same = next((term for term in sorted(known) if re.sub(r"[^a-z0-9+]", "", term) == plain), "")
    alias = _ALIASES.get(plain, "")
    return same or (alias if alias in known else "")


def _values(document: Document, key: str) -> Iterator[tuple[Route, str]]:
    """The texts a key holds, be it one or a list."""
    value: Any = document.data.get(key)
    if isinstance(value, str) and value.strip():
        yield (key,), value
    for n, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (key, n), item


RULE = Rule(
    "hub-metadata",
    __doc__,
    check,
    Scope.FILE,
    kinds=("ModelCard",),
    severities=(Severity.ERROR, Severity.WARNING),
    waivable=True,
    ok=(
        (
            Edit(
                "models/churn/README.md",
                "license: apache-2.0",
                "license: other\nlicense_name: ours\nlicense_link: LICENSE",
            ),
        ),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: [mit]\nlanguage: [en, zh-Hans, no]"),),
    ),
    bad=(
        (Edit("models/churn/README.md", "license: apache-2.0", "license: Apache 2.0"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: other"),),
        (Edit("models/churn/README.md", "license: apache-2.0\n", ""),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\npipeline_tag: tabular"),),
        (Edit("models/churn/README.md", "license: apache-2.0", "license: mit\nlanguage: English"),),
    ),
)

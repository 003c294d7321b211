"""What the Hub understands in a card's front matter: names of its own lists, ids, results and emissions."""

from __future__ import annotations

import sample
from cases import cases
from messages import lacking

from mlops_gitops.cards import hub_lists
from mlops_gitops.cards.hub_names import meant_licence, versions_of
from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.discovery import training_library
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.orchestration.apply_fixes import edited_text
from mlops_gitops.policy.rules.hub_metadata import RULE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot

CARD = "models/churn/README.md"


def _text(written: str) -> str:
    return sample.CARD.replace("license: apache-2.0", written)


def _found(written: str, **files: bytes) -> list[Diagnostic]:
    """The findings of a card with this front matter; files are named with `__` for `/`."""
    tree = sample.files() | {CARD: _text(written).encode()}
    tree |= {path.replace("__", "/"): data for path, data in files.items()}
    return [*RULE.check(Context(Snapshot(Overlay(tree)), sample.TODAY))]


def _one(written: str, **files: bytes) -> Diagnostic:
    (found,) = _found(written, **files)
    return found


@cases(
    "written",
    [
        "license: openmdw-1.1",
        "license: [mit, cc-by-4.0]",
        "license: mit\nlanguage: [en, de, pt-BR, zh-Hant, deu, ger, gmw, multilingual, code, qaa]",
        "license: mit\nlanguage: null\nlibrary_name:",
        "license: mit\npipeline_tag: tabular-classification\nlibrary_name: sklearn",
        "license: mit\nbase_model: bert-base-uncased\nbase_model_relation: finetune",
        "license: mit\nbase_model: [a/b-c.d_e, g/h]\nnew_version: a/b\ndatasets: [imdb, a/b]",
        "license: mit\nco2_eq_emissions: {emissions: 1.5, source: CodeCarbon}",
        "license: mit\nco2_eq_emissions: 12",
        "license: mit\nextra_gated_prompt: x\nmodel_name: x\ndataset_info: {}\nthumbnail: x\nwidget: []",
    ],
)
def test_what_the_hub_knows_is_accepted(written: str) -> None:
    assert _found(written) == []


@cases(
    "written, place, facts, help",
    [
        ("license: CC-BY-NC", "2:10", ("licence 'CC-BY-NC'",), "cc-by-nc-2.0 or cc-by-nc-3.0 or cc-by-nc-4.0"),
        ("license: apache", "2:10", ("licence 'apache'",), "say which version: apache-2.0"),
        ("license: bsl-1.1", "2:10", ("licence 'bsl-1.1'",), "bsl-1.0"),
        ("license: ours", "2:10", ("licence 'ours'",), "license: other"),
        ("license: mit\nlanguage: jp", "3:11", ("'jp'", "ISO 639"), "'ja'"),
        ("license: mit\nlanguage: [en, xx]", "3:16", ("'xx'",), "such as en"),
        ("license: mit\nlanguage: [zzz]", "3:12", ("'zzz'",), "such as en"),
        ("license: mit\nlanguage: en, de", "3:11", ("'en, de'",), "[en, de]"),
        ("license: mit\npipeline_tag: sentiment-analysis", "3:15", ("part of text-classification",), "text-class"),
        ("license: mit\nlibrary_name: my-lib", "3:15", ("library 'my-lib'",), "tags"),
        ("license: mit\nbase_model_relation: distilled", "3:22", ("'distilled'",), "adapter, finetune, merge"),
        ("license: mit\nnew_version: 1.10", "3:14", ("'1.10'", "id of a model"), "owner/name"),
        ("license: mit\nnew_version: model-2", "3:14", ("'model-2'",), "owner/name"),
        ("license: mit\nbase_model: ./models/base", "3:13", ("'./models/base'",), "owner/name"),
        ("license: mit\nbase_model: [a/b, a b]", "3:19", ("base_model.1", "'a b'"), "owner/name"),
        ("license: mit\ndatasets: [my data]", "3:12", ("'my data'", "data set"), "owner/name"),
        ("license: mit\nco2_eq_emissions: {training_type: x}", "3:19", ("how much",), "emissions"),
        ("license: mit\nco2_eq_emissions: {emissions: 5 kg}", "3:31", ("5 kg",), "grams"),
        ("license: mit\nco2_eq_emissions: {emissions: }", "3:31", ("blank",), "grams"),
        ("license: mit\nlibary_name: sklearn", "3:1", ("'libary_name'",), "'library_name'"),
        ("license: other\nlicense_name: x\nlicense_link: TERMS.md", "4:15", ("'TERMS.md'", "no file"), "https://"),
    ],
)  # fmt: skip
def test_what_the_hub_does_not_know_is_a_finding_without_a_fix(
    written: str, place: str, facts: tuple[str, ...], help: str
) -> None:
    found = _one(written)
    assert (str(found.span), found.fix, found.severity) == (f"{CARD}:{place}", None, "warning")
    assert all(fact in found.message for fact in facts), found.message
    assert help in found.help


@cases(
    "written, fixed",
    [
        ("license: MIT License", "license: mit"),
        ("license: Apache License, Version 2.0", "license: apache-2.0"),
        ("license: GPLv3", "license: gpl-3.0"),
        ("license: 'Creative Commons Attribution 4.0'", "license: cc-by-4.0"),
        ("license: mit\nlanguage: English", "license: mit\nlanguage: en"),
        ("license: mit\nlanguage: [EN, German]", "license: mit\nlanguage: [en, de]"),
        ("license: mit\nlanguage: Norwegian", 'license: mit\nlanguage: "no"'),
        ("license: mit\npipeline_tag: Text Classification", "license: mit\npipeline_tag: text-classification"),
        ("license: mit\nlibrary_name: scikit-learn", "license: mit\nlibrary_name: sklearn"),
        ("license: mit\nbase_model_relation: fine-tune", "license: mit\nbase_model_relation: finetune"),
        ("license: mit\nbase_model: https://huggingface.co/a/b", "license: mit\nbase_model: a/b"),
        ("licence: mit", "license: mit"),
        ("license: mit\npipeline-tag: fill-mask", "license: mit\npipeline_tag: fill-mask"),
        ("license: mit\nmodel_index: []", "license: mit\nmodel-index: []"),
    ],
)
def test_another_spelling_is_fixed_and_help_says_the_same(written: str, fixed: str) -> None:
    found = _found(written)
    assert all(finding.fix for finding in found)
    edited, _ = edited_text(_text(written), [finding.fix for finding in found if finding.fix])
    assert edited == _text(fixed)
    assert _found(fixed) == []
    for finding in found:
        assert finding.fix and finding.fix.edits[0].text.strip('"') in finding.help


def test_a_value_that_an_alias_names_too_is_left() -> None:
    assert _one("license: &l MIT\nx: *l").fix is None
    assert _one("x: &all {a: [&l MIT]}\nlicense: *l").fix is None


def test_a_key_that_is_there_rightly_too_is_not_renamed() -> None:
    assert _one("license: mit\nLicence: mit").fix is None


def test_a_licence_may_be_a_file_beside_the_card_or_at_the_top() -> None:
    other = "license: other\nlicense_name: ours\nlicense_link: "
    assert _found(f"{other}LICENSE.txt", LICENSE__txt=b"x") != []
    assert _found(f"{other}LICENSE", LICENSE=b"x") == []
    assert _found(f"{other}/docs/LICENSE", docs__LICENSE=b"x") == []
    assert _found(f"{other}LICENSE", models__churn__LICENSE=b"x") == []
    assert _found(f"{other}https://example.org/x") == []
    assert _found(f"{other}../../../x") != []


def _results(result: str) -> list[Diagnostic]:
    rest = "dataset: {type: d, name: D}, metrics: []"
    return _found(f"license: mit\nmodel-index: [{{name: m, results: [{{{result}, {rest}}}]}}]")


def test_results_name_the_hub_s_tasks_and_their_source() -> None:
    assert _results("task: {type: tabular-classification}, source: {url: 'https://example.org'}") == []
    assert _results("task: {type: sentiment-analysis}") == []
    assert _results("task: {type: PairClassification}") == []  # of a leaderboard
    (found,) = _results("task: {type: tabular-clasification}")
    assert not lacking(f"{found.message} {found.help}", "tabular-clasification", "tabular-classification")
    (found,) = _results("task: {type: Tabular Classification}")
    assert found.fix and found.fix.edits[0].text == "tabular-classification"
    (found,) = _results("task: {type: tabular-classification}, source: {name: Board}")
    assert not lacking(found.message, "source", "url")


def test_a_licence_without_its_version_means_none() -> None:
    assert meant_licence("cc-by") == meant_licence("Apache") == meant_licence("llama") == ""
    assert versions_of("CC0") == ["cc0-1.0"] and versions_of("nothing") == []


def test_the_lists_say_what_they_are_of() -> None:
    for name, least in (("licences", 80), ("tasks", 50), ("libraries", 200), ("languages", 180)):
        assert len(getattr(hub_lists, name)()) >= least
    assert len(hub_lists.language_codes()) > 8000
    assert {"openmdw-1.1", "other"} <= hub_lists.licences().keys()
    assert hub_lists.languages()["en"] == "English" and not {"jp", "cn", "xx"} & hub_lists.language_codes()


def test_init_writes_libraries_that_are_known() -> None:
    assert {*training_library._LIBRARIES.values()} <= hub_lists.libraries().keys()


def test_a_card_with_an_unreadable_link_is_no_traceback() -> None:
    assert _found("license: mit\nlicense_link: 'http://[x'") != []
    assert parse(CARD, _text("license: mit").encode()).problems == ()

"""The catalogue: every id a finding can have is explained, in full sentences, and in one place."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
import sample
from cases import cases

from mlops_gitops.core import plugins
from mlops_gitops.core.diagnostics import Severity
from mlops_gitops.core.errors import Error
from mlops_gitops.policy import catalogue
from mlops_gitops.policy.catalogue import CatalogueEntry
from mlops_gitops.policy.rule import Rule

PROJECT = Path(__file__).parent.parent.parent
PACKAGE = PROJECT / "mlops_gitops"
EVERY = catalogue.catalogue_entries()
RULES: list[Rule] = list(plugins.all_of("policy.rules", "RULE"))


def _sources() -> dict[str, str]:
    """The text of every module, by its name."""
    paths = [p for p in PACKAGE.rglob("*.py") if "demo" not in p.relative_to(PACKAGE).parts[:1]]
    names = {".".join(("mlops_gitops", *path.relative_to(PACKAGE).with_suffix("").parts)): path for path in paths}
    return {name: path.read_text() for name, path in sorted(names.items()) if not name.endswith("__")}


def _makers(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, int]]:
    """Every function of a module that makes a finding of the rule its caller says, and which argument that is."""
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        names = [ast.unparse(arg) for arg in function.args.args if arg.arg != "self"]
        if "rule: str" in names:
            yield function, names.index("rule: str")


def _emitted() -> Iterator[tuple[str, str]]:
    """Every id that code gives to a finding, with the place of that code."""
    sources = _sources()
    trees = {name: ast.parse(text) for name, text in sources.items() if "rule: str" in text or "Diagnostic(" in text}
    makers = {name: list(_makers(tree)) for name, tree in trees.items()}
    every = [maker for found in makers.values() for maker in found]
    public = {"Diagnostic": 0} | {function.name: number for function, number in every if function.name[0] != "_"}
    handed_on = {call for function, _ in every for call in ast.walk(function)}  # who calls these is looked at too
    callers = {name for name, text in sources.items() if any(f"{function}(" in text for function in public)}
    trees |= {name: ast.parse(sources[name]) for name in sorted(callers - trees.keys())}
    for module, tree in trees.items():
        argument = public | {function.name: number for function, number in makers.get(module, ())}
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node not in handed_on):
            name = getattr(call.func, "id", None) or getattr(call.func, "attr", "")
            if name in argument:
                words = (word.value for word in call.keywords if word.arg == "rule")
                given = [*call.args, *words]
                if not given:
                    continue  # one that is read again, from its own fields
                source = ast.unparse(given[argument[name]])
                yield str(eval(source, vars(import_module(module)))), f"{module}:{call.lineno}: {source}"


def test_every_id_that_code_can_give_a_finding_is_explained() -> None:
    known = {entry.id for entry in EVERY}
    emitted = list(_emitted())
    assert {"schema", "syntax", "unreadable", "duplicate-key", "receipt", "anchor"} < {name for name, _ in emitted}
    assert [where for name, where in emitted if name not in known] == []


@cases("entry", EVERY)
def test_an_explanation_is_two_to_six_sentences_in_at_most_two_paragraphs(entry: CatalogueEntry) -> None:
    sentences = re.findall(r"[.:?!][\")]*(?=\s|$)", re.sub(r":(?=\s)", "", entry.explanation))
    assert 2 <= len(sentences) <= 6, f"{len(sentences)} sentences: {entry.explanation}"
    assert entry.explanation.count("\n\n") <= 1 and entry.explanation.endswith(".")
    assert entry.about in catalogue.PARTS


def test_an_id_stands_once_and_in_the_order_of_the_parts() -> None:
    assert len({entry.id for entry in EVERY}) == len(EVERY)
    order = [list(catalogue.PARTS).index(entry.about) for entry in EVERY]
    assert order == sorted(order)


@cases("entry", EVERY)
def test_one_is_found_as_the_whole_catalogue_has_it(entry: CatalogueEntry) -> None:
    assert catalogue.find_entry(entry.id) == entry


@cases("name", ["", "known_role", "../errors", "known-role.check", "nothing"])
def test_nothing_else_is_found(name: str) -> None:
    with pytest.raises(Error, match="there is no rule"):
        catalogue.find_entry(name)


@cases("rule", RULES)
def test_the_severities_a_rule_declares_are_those_its_examples_show(rule: Rule) -> None:
    shown = {
        d.severity for edits in ((), *rule.ok, *rule.bad) for d in rule.check(sample.context(sample.edited(edits)))
    }
    assert shown <= set(rule.severities)
    assert list(rule.severities) == [severity for severity in Severity if severity in rule.severities]
    assert not rule.bad or rule.severities[0] in shown

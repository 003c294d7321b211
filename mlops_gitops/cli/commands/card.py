"""Write a model card: a new one from what the repository tells, or around the text of one that is there."""

from __future__ import annotations

import argparse
import os
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mlops_gitops.cards.placeholders import placeholder
from mlops_gitops.cli.arguments import add_common_arguments, parse_name
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree, Unreadable, WorkTree, find_root
from mlops_gitops.git import identity
from mlops_gitops.onboarding import adopt_card, card_draft
from mlops_gitops.onboarding.adopt_card import Adopted
from mlops_gitops.onboarding.card_facts import CardFacts, card_facts
from mlops_gitops.onboarding.discover import Found, discover
from mlops_gitops.onboarding.file_drafts import BLANK, Person
from mlops_gitops.onboarding.models import Model
from mlops_gitops.records import card, kpis, project
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import write_files

_ASKED = re.compile(rf'{BLANK} *([^"\r\n]+)')
_NEW = "write the card of a model, with what its pipelines and metrics tell"
_ADOPT = "give a card its front matter, keeping its text and the keys it has"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    verbs = parser.add_subparsers(title="what to do", metavar="new|adopt", required=True)
    new = verbs.add_parser("new", help=_NEW, description=_NEW)
    new.add_argument("model", type=parse_name, metavar="MODEL", help="the model, as models/ names it")
    new.set_defaults(do=_new)
    adopting = verbs.add_parser("adopt", help=_ADOPT, description=_ADOPT)
    adopting.add_argument("file", metavar="FILE", help="the card: prose, a card of the Hub, or a page of another tool")
    adopting.add_argument(
        "--model", type=parse_name, metavar="MODEL", help="whose card it is (default: as its folder says)"
    )
    adopting.set_defaults(do=_adopt)
    for its in (new, adopting):
        its.add_argument("--dry-run", action="store_true", help="print the card and write nothing")
        add_common_arguments(its, nested=True)


def run(args: argparse.Namespace) -> Report:
    """Reads the work tree, committed or not; writes one file."""
    if not os.path.isdir(args.repo):
        raise Error(f"there is no folder {args.repo}")
    do: Callable[[_Place, argparse.Namespace], Report] = args.do
    return do(_Place(find_root(args.repo)), args)


class _Place:
    """The repository: its files, what was found in them, and who works here."""

    def __init__(self, root: str) -> None:
        git = identity.find_repository(root)
        self.root = root
        self.snapshot = Snapshot(WorkTree(root))
        if self.snapshot.project is None and self.snapshot.tree.exists(project.PATH):
            raise Error("mlops.yaml is here, and it is not valid", help="mlops-gitops validate mlops.yaml")
        self.person: Person | None = identity.person(git)
        self.found: Found = discover(self.snapshot.tree, identity.remote_name(git) or os.path.basename(root))

    def card(self, model: str) -> str:
        """The place of a model's card."""
        return self.snapshot.path_of(card.KIND, model=model)

    def model(self, name: str) -> Model:
        """The model of that name, with nothing known where the pipelines make none called so."""
        return next((model for model in self.found.models if model.name == name), Model(name, ()))

    def told(self, model: Model) -> CardFacts:
        """What the repository tells of it."""
        return card_facts(self.snapshot, self.found.pipelines, model, self.person, self.card(model.name))


def _new(place: _Place, args: argparse.Namespace) -> Report:
    path = place.card(args.model)
    if place.snapshot.tree.exists(path):
        raise Error(f"{path} is there already", help=f"mlops-gitops card adopt {path}")
    model = place.model(args.model)
    text = card_draft.card(model, place.person, place.told(model))
    done = _Done(path, args.model, text.encode(), text)
    benchmarks = place.snapshot.path_of(kpis.KIND, model=args.model)
    if not place.snapshot.tree.exists(benchmarks):
        done.notes = (f"{benchmarks} is not there, and the card links to it: mlops-gitops init drafts it",)
    if not model.artifacts:
        others = ", ".join(its.name for its in place.found.models if its.artifacts)
        done.notes += (f"no pipeline makes a model called {args.model}" + (f": they make {others}" if others else ""),)
    return _finish(place, done, args)


def _adopt(place: _Place, args: argparse.Namespace) -> Report:
    file = _inside(place.root, args.file)
    document = _read(place.snapshot.tree, file)
    name = args.model or _whose(place, file)
    path = place.card(name)
    if path != file and place.snapshot.tree.exists(path):
        raise Error(f"{path} is there already, and it is the card of {name}", help=f"mlops-gitops card adopt {path}")
    model = place.model(name)
    done = adopt_card.adopt(document, model, place.person, place.told(model))
    if done is None:
        return _kept(file, path, name)
    return _finish(place, _adopted(file, path, name, done), args)


def _read(tree: Tree, path: str) -> Document:
    try:
        tree.read(path)
    except Unreadable as error:
        raise Error(f"{path} {error.message}") from error
    document = load(tree, path)
    if document is None:
        raise Error(f"there is no file {path}")
    return document


def _kept(file: str, path: str, model: str) -> Report:
    """The report on a card that is one already."""
    said = f"{file} has its mlops: block already, so nothing was written"
    then = f"mlops-gitops validate {file}" if path == file else f"git mv {shlex.quote(file)} {path}"
    data: dict[str, object] = {"version": 1, "card": file, "model": model, "written": False}
    return Report(data | {"added": [], "quoted": [], "blanks": []}, lines=(said, f"next: {then}"))


def _adopted(file: str, path: str, model: str, its: Adopted) -> _Done:
    text = its.data.decode().removeprefix("\ufeff")
    notes = [f"quoted from the text, for you to confirm: {', '.join(its.quoted)}"] if its.quoted else []
    if path != file:
        notes.append(f"{file} is left as it is: remove it once {path} is committed")
        if posixpath.dirname(path) != posixpath.dirname(file):
            notes.append(f"relative links now start from {posixpath.dirname(path)}: validate names those that break")
    return _Done(path, model, its.data, text[: len(text) - its.body], its.added, its.quoted, tuple(notes))


def _inside(root: str, written: str) -> str:
    """The path in the repository of one that is written from here, or else from the repository's root."""
    here = os.path.abspath(written)
    full = here if os.path.lexists(here) else os.path.join(root, written)
    path = os.path.relpath(full, root).replace(os.sep, "/")
    if path.startswith("../"):
        raise Error(f"{written} is not in the repository {root}")
    if not path.endswith(".md"):
        raise Error(f"{path} is no Markdown file: a model card is called README.md")
    return path


def _whose(place: _Place, file: str) -> str:
    """The model a file is the card of, by the folder it lies in. Raises Error where that names none."""
    named = card.KIND.match(place.snapshot.folders, posixpath.join(posixpath.dirname(file), "README.md"))
    if named:
        return named["model"]
    known = {*(model.name for model in place.found.models), *place.snapshot.models()}
    folder = posixpath.basename(posixpath.dirname(file))
    if folder in known:
        return folder
    names = ", ".join(sorted(known))
    help = f"--model MODEL, one of {names}" if names else "--model MODEL"
    raise Error(f"the folder of {file} is called after no model", help=help)


# ── what comes of it ──


@dataclass
class _Done:
    """A card to be written. `ours` is the part of it that is looked through for blanks, from its first line."""

    path: str
    model: str
    data: bytes
    ours: str
    added: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def blanks(self) -> Iterator[tuple[int, str]]:
        """Line → what is asked there."""
        for number, line in enumerate(lines_of(self.ours), 1):
            mark = "" if line.startswith("#") else placeholder(line)
            asked = _ASKED.findall(line) if mark else []
            yield from ((number, its) for its in asked or filter(None, [mark]))


def _finish(place: _Place, done: _Done, args: argparse.Namespace) -> Report:
    write_files.check_place(place.root, done.path)
    if not args.dry_run:
        write_files.write(place.root, {done.path: done.data})
    blanks = [*done.blanks()]
    lines = [f"{'would write' if args.dry_run else 'wrote'} {done.path}", *(f"note: {note}" for note in done.notes)]
    if args.dry_run:
        lines += ["", f"── {done.path}", done.data.decode().removeprefix("\ufeff").rstrip(), ""]
    if blanks:
        lines.append(f"{quantity(len(blanks), 'blank')} {'is' if len(blanks) == 1 else 'are'} yours to fill:")
        lines += [f"  {done.path}:{line}: {what}" for line, what in blanks]
    lines.append(
        "note: the risk class is high until somebody has thought about it; validate says what class high needs"
    )
    lines.append(f"next: fill them in, then mlops-gitops validate {done.path}")
    data = {
        "version": 1,
        "card": done.path,
        "model": done.model,
        "written": not args.dry_run,
        "added": [*done.added],
        "quoted": [*done.quoted],
        "blanks": [{"path": done.path, "line": line, "what": what} for line, what in blanks],
    }
    return Report(data | ({"text": done.data.decode()} if args.dry_run else {}), lines=tuple(lines))


COMMAND = Command("card", __doc__.strip(), add_arguments, run)

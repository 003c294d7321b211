"""Write a model card: a new one from what the repository tells, or around the text of one that is there."""

from __future__ import annotations

import argparse
import os
import posixpath
import re
import shlex
from collections.abc import Callable, Iterator, Sequence

from mlops_gitops.cards.placeholders import placeholder
from mlops_gitops.cli.arguments import add_common_arguments, parse_model, path_inside
from mlops_gitops.cli.command import Command
from mlops_gitops.core.diagnostics import lines_of
from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.discovery.discover import Discovery, discover
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import load
from mlops_gitops.documents.tree import Tree, Unreadable, WorkTree, find_root
from mlops_gitops.git import identity
from mlops_gitops.git.stored_bytes import as_stored
from mlops_gitops.onboarding import adopt_card, card_draft
from mlops_gitops.onboarding.adopt_card import Adopted
from mlops_gitops.onboarding.card_facts import CardFacts, card_facts
from mlops_gitops.onboarding.file_drafts import BLANK, Person
from mlops_gitops.records import card, kpis
from mlops_gitops.reporting.findings import quantity
from mlops_gitops.reporting.report import Report
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import write_files

_QUESTION = re.compile(rf'{BLANK} *([^"\r\n]+)')
_NEW = "write the card of a model, with what its pipelines and metrics tell"
_ADOPT = "give a card its front matter, keeping its text and the keys it has"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    verbs = parser.add_subparsers(title="what to do", metavar="new|adopt", required=True)
    new = verbs.add_parser("new", help=_NEW, description=_NEW)
    new.add_argument("model", type=parse_model, metavar="MODEL", help="the model, as models/ names it")
    new.set_defaults(do=_new)
    adopting = verbs.add_parser("adopt", help=_ADOPT, description=_ADOPT)
    adopting.add_argument("file", metavar="FILE", help="the card: prose, a card of the Hub, or a page of another tool")
    adopting.add_argument(
        "--model", type=parse_model, metavar="MODEL", help="whose card it is (default: as its folder says)"
    )
    adopting.set_defaults(do=_adopt)
    for verb in (new, adopting):
        verb.add_argument("--dry-run", action="store_true", help="print the card and write nothing")
        add_common_arguments(verb, nested=True)


def run(args: argparse.Namespace) -> Report:
    """Reads the work tree, committed or not; writes one file."""
    if not os.path.isdir(args.repo):
        raise Error(f"there is no folder {args.repo}")
    do: Callable[[_Repository, argparse.Namespace], Report] = args.do
    return do(_Repository(find_root(args.repo)), args)


class _Repository:
    """The repository: its files, what discovery finds in them, and who works here."""

    def __init__(self, root: str) -> None:
        git = identity.find_repository(root)
        self.root = root
        self.snapshot = Snapshot(WorkTree(root, as_stored))
        if fault := self.snapshot.project_fault:
            raise Error(fault, help="mlops-gitops validate")
        self.person: Person | None = identity.person(git)
        self.discovery: Discovery = discover(self.snapshot.tree, identity.remote_name(git) or os.path.basename(root))

    def card(self, model: str) -> str:
        """The place of a model's card."""
        return self.snapshot.path_of(card.KIND, model=model)

    def model(self, name: str) -> Model:
        """The model of that name, with nothing known where the pipelines make none called so."""
        return next((model for model in self.discovery.models if model.name == name), Model(name, ()))

    def facts(self, model: Model) -> CardFacts:
        """What the repository says of a model."""
        return card_facts(self.snapshot, self.discovery.pipelines, model, self.person, self.card(model.name))


def _new(repository: _Repository, args: argparse.Namespace) -> Report:
    path = repository.card(args.model)
    if repository.snapshot.tree.exists(path):
        raise Error(f"{path} is there already", help=f"mlops-gitops card adopt {path}")
    model = repository.model(args.model)
    text = card_draft.draft_card(model, repository.person, repository.facts(model))
    notes = [*_missing_notes(repository, model)]
    return _finish(repository, _CardFile(path, args.model, text.encode(), text, notes=tuple(notes)), args)


def _missing_notes(repository: _Repository, model: Model) -> Iterator[str]:
    """What the new card of a model refers to and the repository lacks."""
    path = repository.snapshot.path_of(kpis.KIND, model=model.name)
    if not repository.snapshot.tree.exists(path):
        yield f"{path} is not there, and the card links to it: mlops-gitops init drafts it"
    if not model.artifacts:
        others = ", ".join(other.name for other in repository.discovery.models if other.artifacts)
        yield f"no pipeline makes a model called {model.name}" + (f": they make {others}" if others else "")


def _adopt(repository: _Repository, args: argparse.Namespace) -> Report:
    file = _card_path(repository.root, args.file)
    document = _read(repository.snapshot.tree, file)
    name = args.model or _model_of(repository, file)
    path = repository.card(name)
    if path != file and repository.snapshot.tree.exists(path):
        raise Error(f"{path} is there already, and it is the card of {name}", help=f"mlops-gitops card adopt {path}")
    model = repository.model(name)
    adopted = adopt_card.adopt(document, model, repository.person, repository.facts(model))
    if adopted is None:
        return _unchanged_report(file, path, name)
    return _finish(repository, _adopted_file(file, path, name, adopted), args)


def _read(tree: Tree, path: str) -> Document:
    try:
        tree.read(path)
    except Unreadable as error:
        raise Error(f"{path} {error.message}") from error
    document = load(tree, path)
    if document is None:
        raise Error(f"there is no file {path}")
    return document


def _unchanged_report(file: str, path: str, model: str) -> Report:
    """The report on a card that has its front matter already."""
    line = f"{file} has its mlops: block already, so nothing was written"
    next_step = f"mlops-gitops validate {file}" if path == file else f"git mv {shlex.quote(file)} {path}"
    data: dict[str, object] = {"version": 1, "card": file, "model": model, "written": False}
    return Report(data | {"added": [], "quoted": [], "blanks": []}, lines=(line, f"next: {next_step}"))


def _adopted_file(file: str, path: str, model: str, adopted: Adopted) -> _CardFile:
    text = adopted.data.decode().removeprefix("\ufeff")
    notes = [f"quoted from the text, for you to confirm: {', '.join(adopted.quoted)}"] if adopted.quoted else []
    if path != file:
        notes.append(f"{file} is left as it is: remove it once {path} is committed")
        if posixpath.dirname(path) != posixpath.dirname(file):
            notes.append(f"relative links now start from {posixpath.dirname(path)}: validate names those that break")
    front_matter = text[: len(text) - adopted.body]
    return _CardFile(path, model, adopted.data, front_matter, adopted.added, adopted.quoted, tuple(notes))


def _card_path(root: str, written: str) -> str:
    """The path in the repository of a card that is written from here, or else from the repository's root."""
    path = path_inside(root, written)
    if not path.endswith(".md"):
        raise Error(f"{path} is not a Markdown file: a model card is called README.md")
    return path


def _model_of(repository: _Repository, file: str) -> str:
    """The model whose card a file is, by its folder. Raises Error where the folder names none."""
    parts = card.KIND.match(repository.snapshot.folders, posixpath.join(posixpath.dirname(file), "README.md"))
    if parts:
        return parts["model"]
    known = {*(model.name for model in repository.discovery.models), *repository.snapshot.models()}
    folder = posixpath.basename(posixpath.dirname(file))
    if folder in known:
        return folder
    names = ", ".join(sorted(known))
    help = f"--model MODEL, one of {names}" if names else "--model MODEL"
    raise Error(f"the folder of {file} is called after no model", help=help)


# ── the file that is written ──


@frozen
class _CardFile:
    """A card to write. `generated` is the part of it that is searched for blanks, from its first line."""

    path: str
    model: str
    data: bytes
    generated: str
    added: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def blanks(self) -> Iterator[tuple[int, str]]:
        """Line → what is to be written there."""
        for number, line in enumerate(lines_of(self.generated), 1):
            mark = "" if line.startswith("#") else placeholder(line)
            questions = _QUESTION.findall(line) if mark else []
            yield from ((number, question) for question in questions or filter(None, [mark]))


def _finish(repository: _Repository, file: _CardFile, args: argparse.Namespace) -> Report:
    write_files.check_place(repository.root, file.path)
    if not args.dry_run:
        write_files.write(repository.root, {file.path: file.data})
    blanks = [*file.blanks()]
    data = {
        "version": 1,
        "card": file.path,
        "model": file.model,
        "written": not args.dry_run,
        "added": [*file.added],
        "quoted": [*file.quoted],
        "blanks": [{"path": file.path, "line": line, "what": what} for line, what in blanks],
    }
    text = {"text": file.data.decode()} if args.dry_run else {}
    return Report(data | text, lines=tuple(_lines(file, blanks, dry_run=args.dry_run)))


def _lines(file: _CardFile, blanks: Sequence[tuple[int, str]], *, dry_run: bool) -> Iterator[str]:
    yield f"{'would write' if dry_run else 'wrote'} {file.path}"
    yield from (f"note: {note}" for note in file.notes)
    if dry_run:
        yield from ("", f"── {file.path}", file.data.decode().removeprefix("\ufeff").rstrip(), "")
    if blanks:
        yield f"{quantity(len(blanks), 'blank')} {'is' if len(blanks) == 1 else 'are'} yours to fill:"
        yield from (f"  {file.path}:{line}: {what}" for line, what in blanks)
    yield "note: the risk class is high until you choose another; validate lists what class high needs"
    yield f"next: fill them in, then mlops-gitops validate {file.path}"


COMMAND = Command("card", __doc__.strip(), add_arguments, run)

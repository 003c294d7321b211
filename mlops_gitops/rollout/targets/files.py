"""Files of this repository that a controller or a device applies: one scalar each is set to the release."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.documents.foreign.compose import compose
from mlops_gitops.documents.foreign.find import select
from mlops_gitops.documents.foreign.nodes import EditRefusal
from mlops_gitops.documents.foreign.plain_data import to_data
from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.records.promotion import TargetValue
from mlops_gitops.records.target import FileTarget, Target
from mlops_gitops.rollout.placeholders import fill
from mlops_gitops.rollout.strict_schema import SchemaFault, faults_by
from mlops_gitops.rollout.target_kind import ReleaseFacts, TargetFault, TargetKind


def values(target: Target, facts: ReleaseFacts) -> Iterator[TargetValue]:
    """Every field that the target sets, in the order of the file."""
    for file in target.files:
        for field, template in file.values.items():
            value = fill(template, facts, file.artifact)
            yield TargetValue(target.name, file.path, file.select, field, value)


def faults(target: Target, tree: Tree) -> Iterator[TargetFault]:
    """What the schemas of the target find in its documents."""
    for file in target.files:
        if file.schema is not None:
            yield from _faults(file, file.schema, tree)


def _faults(file: FileTarget, schema: str, tree: Tree) -> Iterator[TargetFault]:
    try:
        written, data = tree.read(schema), tree.read(file.path)
    except Unreadable as error:
        yield TargetFault(schema, 1, f"{schema} or {file.path} {error}")
        return
    if written is None or data is None:
        absent = schema if written is None else file.path
        yield TargetFault(absent, 1, f"there is no file {absent}, which a target names")
        return
    try:
        stream = compose(file.path, data)
        document = select(stream, file.select)
        found = list(faults_by(written, to_data(stream, document)))
    except EditRefusal as refusal:
        yield TargetFault(file.path, refusal.line, refusal.message, refusal.help)
        return
    except SchemaFault as fault:
        yield TargetFault(schema, 1, f"{schema} {fault}")
        return
    for where, message in found:
        yield TargetFault(file.path, document.place.line, f"{where or 'the document'}: {message}", f"by {schema}")


TARGET = TargetKind("files", __doc__, values, faults)

"""The size that a dvc.lock states of a file, held to its bytes: those handed over, and those that the base knows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree, read_if_possible
from mlops_gitops.pipelines.dvc_projects import parents
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.retraining.handover.files import HandedFile


@frozen
class KnownBytes:
    """What is known of bytes by paths of the repository: the files that a run handed over, and the base."""

    handed: Sequence[HandedFile]
    base: Tree

    @cached_property
    def _handed(self) -> Mapping[str, tuple[int, int]]:
        """Bytes and files of each file and folder that is handed over, by path."""
        found: dict[str, tuple[int, int]] = {}
        for file in self.handed:
            for path in (file.path, *parents(file.path)):
                size, files = found.get(path, (0, 0))
                found[path] = size + file.size, files + 1
        return found

    @cached_property
    def _tracking(self) -> Tracking:
        return Tracking(self.base)

    def differences(self, path: str, item: Mapping[str, Any]) -> list[str]:
        """How the entry of a file in a dvc.lock differs from its bytes, in words; nothing where they are not known."""
        size, files = self._known(path, str(item.get("md5")))
        stated = (("bytes", item.get("size"), size), ("files", item.get("nfiles"), files))
        compared = [(what, says, has) for what, says, has in stated if says is not None and has is not None]
        return [f"{says:,} {what}, and it has {has:,}" for what, says, has in compared if says != has]

    def _known(self, path: str, md5: str) -> tuple[int | None, int | None]:
        """The bytes of a file or a folder of that digest, and of a folder its files."""
        if path in self._handed:
            size, files = self._handed[path]
            return size, files if md5.endswith(".dir") else None
        output = self._tracking.output(path)
        if output is not None and output.pin.md5 == md5:
            return output.pin.size, None
        data = read_if_possible(self.base, path)
        is_same = data is not None and hashlib.md5(data, usedforsecurity=False).hexdigest() == md5
        return (len(data) if data is not None and is_same else None), None

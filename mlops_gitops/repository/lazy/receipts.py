"""The receipts of a repository by their tags, each read when it is asked for: there is one for each record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property

from mlops_gitops.records.receipt import Receipt, tagged_promotion


class Receipts(Mapping[str, Receipt]):
    """Receipts by tag. `tags` are the names there are, and `read` gives the receipt of one."""

    def __init__(self, tags: Mapping[str, str], read: Callable[[str, str], Receipt]) -> None:
        self._tags, self._read = tags, read
        self._known: dict[str, Receipt] = {}

    @cached_property
    def newest(self) -> Mapping[tuple[str, str], int]:
        """The highest number of a promotion's tag, by environment and model."""
        return {pair: number for pair, (number, _) in self._newest.items()}

    @cached_property
    def _newest(self) -> Mapping[tuple[str, str], tuple[int, str]]:
        found: dict[tuple[str, str], tuple[int, str]] = {}
        for tag in self._tags:
            if named := tagged_promotion(tag):
                model, environment, number = named
                found[environment, model] = max((number, tag), found.get((environment, model), (0, "")))
        return found

    def id_of(self, environment: str, model: str) -> str | None:
        """The id of the tag with that number."""
        return self._tags.get(self._newest.get((environment, model), (0, ""))[1])

    def ids(self, tags: Iterable[str]) -> list[str]:
        """The ids of those of these tags that there are."""
        return [self._tags[tag] for tag in tags if tag in self._tags]

    def id_of_release(self, model: str, version: str) -> str | None:
        """The id of the tag of a release."""
        return self._tags.get(f"{model}@v{version}")

    def __getitem__(self, tag: str) -> Receipt:
        if tag not in self._known:
            self._known[tag] = self._read(tag, self._tags[tag])
        return self._known[tag]

    def __contains__(self, tag: object) -> bool:
        return tag in self._tags

    def __iter__(self) -> Iterator[str]:
        return iter(self._tags)

    def __len__(self) -> int:
        return len(self._tags)

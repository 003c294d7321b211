"""A report as it comes in: bytes that are read once, line by line or whole, and digested on the way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import IO, Any

from mlops_gitops.documents import foreign_json
from mlops_gitops.documents.foreign_json import quoted

LONGEST_LINE = 64 * 1024  # bytes; a device says little
LARGEST = 64 * 1024 * 1024  # bytes of a report that is read whole, such as a list of a cluster's objects


class ReportFault(ValueError):
    """Why a report cannot be read, in half a sentence; `line` is 0 where it is about the whole."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(f"line {line:,}: {message}" if line else message)


class Report:
    """A stream of bytes. It is read to its end once; `sha256` is the digest of what was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """The hex digest of the bytes read so far."""
        return self._digest.hexdigest()

    def lines(self) -> Iterator[bytes]:
        """Each line, its end included. Raises ReportFault for one that is too long."""
        number = 0
        while line := self._read(self._stream.readline, LONGEST_LINE):
            number += 1
            if len(line) > LONGEST_LINE:
                raise ReportFault(f"it is longer than {LONGEST_LINE // 1024} KiB", number)
            self._digest.update(line)
            yield line

    def _read(self, read: Callable[[int], bytes], most: int) -> bytes:
        """The next bytes, and one more than there may be. Raises ReportFault where the system gives none."""
        try:
            return read(most + 1)
        except OSError as error:
            raise ReportFault(f"it cannot be read: {error.strerror}") from error

    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects of the whole report, one after another; those of a list, or of a Kubernetes List, each.

        Raises ReportFault.
        """
        data = self._read(self._stream.read, LARGEST)
        if len(data) > LARGEST:
            raise ReportFault(f"it is larger than {LARGEST // 2**20} MiB")
        self._digest.update(data)
        found = [item for value in _values(data) for item in _items(value)]
        if not found:
            raise ReportFault("it is empty, or lists no object")
        for item in found:
            if not isinstance(item, dict):
                raise ReportFault(f"{quoted(item)} is not a JSON object")
        return found


def _values(data: bytes) -> Iterator[Any]:
    """The JSON values of a text, one after another, as commands that run one after another print them."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReportFault("it is not UTF-8") from error
    decoder, place = json.JSONDecoder(parse_constant=_refuse, object_pairs_hook=foreign_json.without_repeats), 0
    while (place := _past_space(text, place)) < len(text):
        try:
            value, end = decoder.raw_decode(text, place)
            foreign_json.require_texts(value)
        except RecursionError as error:
            raise ReportFault("it is nested too deeply") from error
        except json.JSONDecodeError as error:
            raise ReportFault("it is not JSON", text.count("\n", 0, error.pos) + 1) from error
        except ValueError as error:
            raise ReportFault(str(error)) from error
        yield value
        place = end


def _refuse(constant: str) -> float:
    raise ValueError(f"JSON has no number {constant}")


def _past_space(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \t\r\n":
        place += 1
    return place


def _items(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    items = value.get("items") if isinstance(value, dict) and str(value.get("kind", "")).endswith("List") else None
    return items if isinstance(items, list) else [value]

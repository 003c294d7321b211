"""The first line of a workflow that `init` wrote: by which version, and a digest that tells own edits from its text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from mlops_gitops import __version__
from mlops_gitops.core.frozen import frozen

_LINE = re.compile(
    r"# written by mlops-gitops (?P<version>[0-9][0-9A-Za-z.+-]*), sha256:(?P<digest>[0-9a-f]{32})\b[^\r\n]*\r?\n"
)
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)([.+-]?[0-9A-Za-z.+-]*)")
RENEW = "mlops-gitops init --upgrade"


@frozen
class Stamp:
    """Which version wrote a file, and the digest of what it wrote below this line."""

    version: str
    digest: str

    def line(self) -> str:
        """The line itself."""
        return f"# written by mlops-gitops {self.version}, sha256:{self.digest}; `{RENEW}` renews it, your edits stay\n"


def digest(body: str) -> str:
    """The digest of a text, whatever line ends a checkout has: the first half of its SHA-256."""
    return hashlib.sha256(body.replace("\r\n", "\n").encode()).hexdigest()[:32]


def stamped(body: str, version: str = __version__) -> str:
    """A text below the line that says who wrote it."""
    return Stamp(version, digest(body)).line() + body


def read_stamp(text: str) -> tuple[Stamp | None, str]:
    """The stamp of a file, None where it has none, and the text below it."""
    found = _LINE.match(text)
    return (Stamp(found["version"], found["digest"]), text[found.end() :]) if found else (None, text)


def version_key(version: str) -> tuple[int, int, int, bool, str] | None:
    """A sort key of a version such as 1.4.0, v1.4.0 or 1.4.0rc1; None for what is not a whole version."""
    found = _VERSION.fullmatch(version)
    return (int(found[1]), int(found[2]), int(found[3]), not found[4], found[4]) if found else None


def is_older(version: str, than: str = __version__) -> bool:
    """Whether a version comes before another; not where either is not a whole version."""
    one, other = version_key(version), version_key(than)
    return one is not None and other is not None and one < other


def nearest(text: str, texts: Iterable[str]) -> str | None:
    """The text that shares most lines with another; None without any."""
    lines = set(text.splitlines())
    return max(texts, key=lambda known: len(lines.intersection(known.splitlines())), default=None)

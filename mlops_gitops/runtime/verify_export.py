"""Verifies an export of mlops-gitops without network, git or a repository: Python 3.11, and ssh-keygen for a signature.

    python verify.py EXPORT.zip --allowed FILE --identity WHO

FILE lists who may sign, as ssh-keygen's ALLOWED SIGNERS has it; WHO is the one who is expected. Exit codes: 0 every
file is as it was signed, 1 something is not, 2 wrong usage, 3 could not tell. A copy of this file lies in every export.
Run one that you have from elsewhere: an export that was forged holds a forged verify.py.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

FORMAT = "mlops-gitops/export/v1"
NAMESPACE = "mlops-gitops-export"  # of the signature: one made for another purpose does not count
MANIFEST, SIGNATURE, PROMOTIONS = "manifest.json", "manifest.json.sig", "promotions.csv"
RECORD = re.compile(r"records/(?:.*/)?(?P<environment>[^/]+)/(?P<model>[^/]+)/(?P<sequence>[0-9]{1,18})\.json")
MOST_BYTES = 2**31  # of all files together
_UNSAFE = re.compile(r"^/|[\\:\0]|(^|/)\.\.(/|$)|[. ](/|$)")  # the last: a dot or space that Windows takes off
# What the zip format says of each file twice and of the archive once, in bytes, less the names.
_LOCAL, _CENTRAL, _END, _END_OF_MANY = 30, 46, 22, 98
_HEADER = struct.Struct("<4s5H3I2H")  # of a file, before its name and bytes
_FIELDS = ("signature", "version", "flags", "compression", "time", "date", "CRC-32", "size", "size unpacked",
           "length of its name", "length of its extra field")  # fmt: skip
BROKEN = (OSError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError)


class Unknown(Exception):
    """What is not known, and why."""


def faults(path: str, allowed: str = "", identity: str = "") -> tuple[list[str], list[str]]:
    """What is wrong with an export, and what is not known; both empty where everything holds."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _examine(archive, allowed, identity)
    except BROKEN as error:
        return [f"{path} cannot be read as a zip file: {error}"], []


def _examine(archive: zipfile.ZipFile, allowed: str, identity: str) -> tuple[list[str], list[str]]:
    place = Path(str(archive.filename))
    wrong = [*_wrong_names(archive.infolist()), *_wrong_layout(archive, place.stat().st_size)]
    with place.open("rb") as file:
        wrong += [line for member in archive.infolist() for line in _wrong_header(file, member)]
    files, unread = _read(archive)
    wrong += unread
    if MANIFEST not in files:
        return [*wrong, f"{MANIFEST} is missing, so nothing says what belongs into the export"], []
    try:
        listed, manifest = _listed(files[MANIFEST])
    except (ValueError, RecursionError) as error:
        return [*wrong, f"{MANIFEST} cannot be read: {error}"], []
    wrong += _wrong_files(files, listed)
    wrong += _wrong_chains(files, manifest)
    wrong += _wrong_table(files)
    unknown = []
    try:
        wrong += _wrong_signature(files[MANIFEST], files.get(SIGNATURE), allowed, identity)
    except Unknown as error:
        unknown.append(str(error))
    return wrong, unknown


# ── names and bytes ──


def _wrong_names(members: list[zipfile.ZipInfo]) -> Iterator[str]:
    """Names that unpack to another place, to a link, or to one place on some file systems."""
    seen: dict[str, str] = {}
    names: set[str] = set()
    for member in members:
        name = member.orig_filename
        if name in names:
            yield f"duplicate name {name!r}"
        names.add(name)
        folded = unicodedata.normalize("NFC", name).casefold()
        if seen.setdefault(folded, name) != name:
            yield f"{name!r} and {seen[folded]!r} differ in case or Unicode form only"
        if _UNSAFE.search(name):
            yield f"unsafe name {name!r}"
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            yield f"{name!r} is not a plain file"


def _wrong_layout(archive: zipfile.ZipFile, size: int) -> Iterator[str]:
    """Bytes that no file of the export accounts for: other programs may unpack other files, or to other names."""
    place, central = 0, 0
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        yield "it has compressed files, and an export has none"
        return
    for member in sorted(archive.infolist(), key=lambda member: member.header_offset):
        name = len(member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437", "replace"))
        if member.header_offset != place or member.extra or member.comment:
            yield f"{member.orig_filename!r} has bytes before it or fields beside it that are not the export's"
        place = member.header_offset + _LOCAL + name + member.compress_size
        central += _CENTRAL + name + len(member.extra) + len(member.comment)
    if archive.start_dir != place or size - place - central not in (_END, _END_OF_MANY):
        yield "it has bytes that belong to no file: made again by another program, or something is hidden in it"


def _wrong_header(file: BinaryIO, member: zipfile.ZipInfo) -> Iterator[str]:
    """Each file is described twice, before its bytes and at the archive's end, and programs read one or the other."""
    year, month, day, hour, minute, second = member.date_time
    name = member.orig_filename.encode("utf-8" if member.flag_bits & 0x800 else "cp437", "replace")
    expected = (
        b"PK\3\4", member.extract_version, member.flag_bits, member.compress_type,
        hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day,
        member.CRC, member.compress_size, member.file_size, len(name), 0,
    )  # fmt: skip
    file.seek(member.header_offset)
    head = file.read(_HEADER.size)
    if len(head) < _HEADER.size:
        yield f"{member.orig_filename!r} has no header before its bytes"
        return
    found = _HEADER.unpack(head)
    differ = [field for field, here, there in zip(_FIELDS, found, expected, strict=True) if here != there]
    differ += ["name"] if file.read(len(name)) != name else []
    if differ:
        where = f"{member.orig_filename!r} is described otherwise before its bytes than in the directory"
        yield f"{where}: {', '.join(differ)}"


def _read(archive: zipfile.ZipFile) -> tuple[dict[str, bytes], list[str]]:
    """The first file of each name, and why others cannot be read."""
    files: dict[str, bytes] = {}
    wrong, left = [], MOST_BYTES
    for member in archive.infolist():
        if member.orig_filename in files or member.compress_type != zipfile.ZIP_STORED:
            continue
        try:
            with archive.open(member) as file:
                data = file.read(left + 1)
        except BROKEN as error:
            wrong.append(f"{member.orig_filename!r} cannot be read: {error}")
            continue
        left -= len(data)
        if left < 0:
            return files, [*wrong, f"the files are larger than {MOST_BYTES:,} bytes together"]
        files[member.orig_filename] = data
    return files, wrong


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        raise ValueError("duplicate key")
    return dict(pairs)


def _listed(text: bytes) -> tuple[dict[str, tuple[str, int]], Mapping[str, Any]]:
    """The digest and the size of each file, and the whole manifest. Raises ValueError."""
    manifest = json.loads(text, object_pairs_hook=_unique)
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise ValueError(f"it is not of the format {FORMAT}")
    try:
        found = [(str(file["path"]), (str(file["sha256"]), int(file["size"]))) for file in manifest["files"]]
    except (KeyError, TypeError, OverflowError) as error:
        raise ValueError("its files are not listed with path, sha256 and size") from error
    return _unique(found), manifest


def _wrong_files(files: Mapping[str, bytes], listed: Mapping[str, tuple[str, int]]) -> Iterator[str]:
    own = {MANIFEST, SIGNATURE}
    yield from (f"missing: {name}" for name in sorted(listed.keys() - files.keys()))
    yield from (f"added: {name}" for name in sorted(files.keys() - listed.keys() - own))
    for name in sorted(files.keys() & listed.keys()):
        if (hashlib.sha256(files[name]).hexdigest(), len(files[name])) != listed[name]:
            yield f"changed: {name}"


# ── the chains of records ──


def _wrong_chains(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Records whose predecessor is not the one before them; the first one's is named by the manifest."""
    chains: dict[str, list[tuple[int, str, Mapping[str, Any], str]]] = {}
    for name, predicate, digest in _records(files):
        found = RECORD.fullmatch(name)
        if found and isinstance(predicate, dict):
            pair = f"{found['environment']}/{found['model']}"
            chains.setdefault(pair, []).append((int(found["sequence"]), name, predicate, digest))
        else:
            yield f"{name} is not a promotion record"
    before = manifest.get("predecessors")
    for pair, chain in sorted(chains.items()):
        previous = before.get(pair) if isinstance(before, dict) else None
        last: int | None = None
        for sequence, name, predicate, digest in sorted(chain, key=lambda record: record[0]):
            if last is not None and sequence != last + 1:
                yield f"{name}: the record before it is missing"
            if predicate.get("previous") != previous:
                yield f"{name}: it names {predicate.get('previous')} as its predecessor, which is {previous}"
            last, previous = sequence, digest


def _records(files: Mapping[str, bytes]) -> Iterator[tuple[str, Any, str]]:
    """Path, predicate and digest of each promotion record; the predicate is None for what is none."""
    for name, data in sorted(files.items()):
        if name.startswith("records/") and name.endswith(".json"):
            try:
                value = json.loads(data, object_pairs_hook=_unique)
                yield name, value["predicate"], digest_of(value)
            except (ValueError, KeyError, TypeError, RecursionError):
                yield name, None, ""


def _wrong_table(files: Mapping[str, bytes]) -> Iterator[str]:
    """A table of promotions that does not list exactly the records of the export."""
    try:
        rows = list(csv.DictReader(io.StringIO(files.get(PROMOTIONS, b"").decode("utf-8"), newline=""), strict=True))
    except (ValueError, csv.Error) as error:
        yield f"{PROMOTIONS} cannot be read: {error}"
        return
    listed, records = [row.get("record") or "" for row in rows], [digest for _, _, digest in _records(files)]
    yield from (f"{PROMOTIONS} lists {digest}, and no record is that" for digest in sorted(set(listed) - set(records)))
    yield from (f"{PROMOTIONS} lacks the record {digest}" for digest in sorted(set(records) - set(listed)))
    if len(listed) != len(set(listed)):
        yield f"{PROMOTIONS} lists a record more than once"


def digest_of(value: Any) -> str:
    """`sha256:` and the hex SHA-256 of a JSON value in the form of RFC 8785."""
    return "sha256:" + hashlib.sha256(_canonical(value).encode()).hexdigest()


def _canonical(value: Any) -> str:
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be"))
        return "{" + ",".join(f"{_canonical(key)}:{_canonical(item)}" for key, item in ordered) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_canonical, value)) + "]"
    if isinstance(value, float):
        return _number(value)
    return json.dumps(value, ensure_ascii=False)


def _number(value: float) -> str:
    """A number as ECMAScript writes it (ECMA-262, Number::toString): the shortest digits that read back the same."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("a number is not finite")
    if value == 0:
        return "0"
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text, minus = "".join(map(str, digits)), "-" * sign
    point = len(text) + int(exponent)  # where the decimal point is, counted from the first digit
    if len(text) <= point <= 21:
        return minus + text + "0" * (point - len(text))
    if 0 < point <= 21:
        return f"{minus}{text[:point]}.{text[point:]}"
    if -6 < point <= 0:
        return f"{minus}0.{'0' * -point}{text}"
    rest = f".{text[1:]}" if len(text) > 1 else ""
    return f"{minus}{text[0]}{rest}e{point - 1:+d}"


# ── the signature ──


def _wrong_signature(manifest: bytes, signature: bytes | None, allowed: str, identity: str) -> list[str]:
    """Raises Unknown where nobody is expected, or ssh-keygen is not there."""
    if not (allowed and identity):
        raise Unknown("who made it was not checked: name --allowed FILE and --identity WHO")
    if signature is None:
        return [f"it is not signed, and {identity} was expected"]
    if not Path(allowed).is_file():
        raise Unknown(f"there is no file {allowed}")
    if shutil.which("ssh-keygen") is None:
        raise Unknown("ssh-keygen is not installed, so the signature was not checked")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / SIGNATURE
        place.write_bytes(signature)
        if _keygen(manifest, "verify", "-f", allowed, "-I", identity, "-n", NAMESPACE, "-s", str(place)) is not None:
            return []
        if _keygen(manifest, "check-novalidate", "-n", NAMESPACE, "-s", str(place)) is None:
            return [f"the signature is not one of this {MANIFEST} for {NAMESPACE}"]
        signers = (_keygen(manifest, "find-principals", "-f", allowed, "-s", str(place)) or "").split()
    if not signers:
        return [f"it is signed by a key that {allowed} does not list"]
    if identity not in signers:
        return [f"it is signed by {', '.join(signers)}, and {identity} was expected"]
    return [f"{allowed} does not let {identity} sign this: look at its validity and namespaces"]


def _keygen(data: bytes, *words: str) -> str | None:
    """What ssh-keygen printed; None where it refused."""
    done = subprocess.run(["ssh-keygen", "-Y", *words], input=data, capture_output=True, check=False)
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def main() -> int:
    """Prints each fault on a line, and a verdict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", metavar="EXPORT.zip")
    parser.add_argument("--allowed", default="", metavar="FILE", help="who may sign, as ssh-keygen has it")
    parser.add_argument("--identity", default="", metavar="WHO", help="who is expected to have signed")
    args = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    if not Path(args.export).is_file():
        parser.error(f"there is no file {args.export}")
    wrong, unknown = faults(args.export, args.allowed, args.identity)
    for line in (*wrong, *unknown):
        print("".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in line))
    print("failed" if wrong else "could not tell" if unknown else "passed: every file is as it was signed")
    return 1 if wrong else 3 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())

"""verify.py: an export is as it was made, or each thing that is not is named."""

from __future__ import annotations

import csv
import io
import json
import random
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from cases import cases

from mlops_gitops.audit import package
from mlops_gitops.core.canonical import digest, sha256
from mlops_gitops.runtime import verify_export
from mlops_gitops.runtime.ssh_signing import sign

WHO = "alice@example.org"


def record(sequence: int, previous: str | None) -> dict[str, object]:
    return {"_type": "x", "predicate": {"sequence": sequence, "previous": previous, "value": 1e-7}}


FIRST = record(1, None)
SECOND = record(2, digest(FIRST))
THIRD = record(3, digest(SECOND))
PLACE = "records/promotions/staging/churn/{:04}.json"


def contents(*records: dict[str, object], start: int = 1) -> dict[str, bytes]:
    """The files of an export with these records."""
    files = {PLACE.format(n): json.dumps(data, indent=2).encode() for n, data in enumerate(records, start)}
    table = "day,record\n" + "".join(f"2026-01-01,{digest(data)}\n" for data in records)
    return {**files, "promotions.csv": table.encode(), "cards/churn/1.0.0/README.md": b"# churn\n"}


def with_manifest(files: Mapping[str, bytes], before: str | None = None) -> dict[str, bytes]:
    facts = {"predecessors": {"staging/churn": before}}
    return {**files, verify_export.MANIFEST: package.manifest(files, facts)}


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two keys, and a file that lists the first as alice's and the second as bob's."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("alice", "bob", "stranger"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name], check=True)
    lines = [f"{name}@example.org {(folder / f'{name}.pub').read_text()}" for name in ("alice", "bob")]
    (folder / "allowed").write_text("".join(lines))
    return folder


def signed(files: Mapping[str, bytes], key: Path, namespace: str = verify_export.NAMESPACE) -> dict[str, bytes]:
    return {**files, verify_export.SIGNATURE: sign(files[verify_export.MANIFEST], str(key), namespace)}


def faults(place: Path, data: bytes, keys: Path | None = None) -> list[str]:
    """What is wrong with an archive of these bytes; signed by alice is expected where there are keys."""
    (place / "x.zip").write_bytes(data)
    names = (str(keys / "allowed"), WHO) if keys else ("", "")
    wrong, unknown = verify_export.faults(str(place / "x.zip"), *names)
    assert wrong or bool(unknown) is (keys is None)
    return wrong


def test_what_was_made_holds_and_has_the_same_bytes_each_time(tmp_path: Path, keys: Path) -> None:
    files = with_manifest(contents(FIRST, SECOND))
    made = [package.archive(signed(files, keys / "alice")) for _ in range(2)]
    assert faults(tmp_path, made[0], keys) == [] and made[0] == made[1]


def test_a_finding_about_a_name_that_is_not_utf_8_is_held_too() -> None:
    name = b"models/caf\xe9".decode("utf-8", "surrogateescape")
    assert json.loads(package.manifest({}, {"audit": [name, "café"]}))["audit"] == [name, "café"]


def test_a_part_of_a_chain_holds_where_its_predecessor_is_named(tmp_path: Path) -> None:
    part = contents(SECOND, THIRD, start=2)
    assert faults(tmp_path, package.archive(with_manifest(part, digest(FIRST)))) == []
    assert any("0002" in line for line in faults(tmp_path, package.archive(with_manifest(part))))


Change = Callable[[dict[str, bytes]], object]
TAMPERED: list[tuple[Change, str]] = [
    (lambda files: files.update({PLACE.format(1): files[PLACE.format(1)] + b" "}), f"changed: {PLACE.format(1)}"),
    (lambda files: files.pop(PLACE.format(2)), f"missing: {PLACE.format(2)}"),
    (lambda files: files.update({"more.txt": b""}), "added: more.txt"),
    (lambda files: files.update({"../out": b""}), "unsafe name '../out'"),
    (lambda files: files.update({"/out": b""}), "unsafe name '/out'"),
    (lambda files: files.update({"a\\b": b""}), "unsafe name"),
    (lambda files: files.update({"promotions.csv.": b""}), "unsafe name 'promotions.csv.'"),
    (lambda files: files.update({"CARDS/churn/1.0.0/README.md": b""}), "case or Unicode form"),
    (lambda files: files.pop(verify_export.MANIFEST), "manifest.json is missing"),
    (lambda files: files.update({verify_export.MANIFEST: b"{}"}), "manifest.json cannot be read"),
    (lambda files: files.update({verify_export.MANIFEST: b"[" * 90_000}), "manifest.json cannot be read"),
    (
        lambda files: files.update(
            {verify_export.MANIFEST: re.sub(rb'"size": \d+', b'"size": 1e999', files[verify_export.MANIFEST])}
        ),
        "manifest.json cannot be read",
    ),
]


@cases("change, expected", TAMPERED)
def test_what_was_changed_after_is_named(tmp_path: Path, change: Change, expected: str) -> None:
    files = with_manifest(contents(FIRST, SECOND))
    change(files)
    assert any(expected in line for line in faults(tmp_path, package.archive(files)))


def test_what_a_forger_lists_is_held_to_the_chain_and_the_table(tmp_path: Path) -> None:
    gap = contents(FIRST, SECOND, THIRD)
    del gap[PLACE.format(2)]
    found = faults(tmp_path, package.archive(with_manifest(gap)))
    assert any("0003" in line and "missing" in line for line in found)
    assert any("promotions.csv" in line and digest(SECOND) in line for line in found)
    other = contents(FIRST, record(2, digest(THIRD)))
    assert any(digest(FIRST) in line for line in faults(tmp_path, package.archive(with_manifest(other))))


def test_a_table_that_no_reader_of_csv_takes_is_named(tmp_path: Path) -> None:
    files = contents(FIRST)
    files["promotions.csv"] = b"day,record\n2026-01-01," + b"x" * (csv.field_size_limit() + 1) + b"\n"
    found = faults(tmp_path, package.archive(with_manifest(files)))
    assert [line for line in found if line.startswith("promotions.csv cannot be read")]


LISTED: list[tuple[dict[str, bytes], str]] = [
    ({"promotions.csv": b"day,record\r2026-01-01,x\r"}, "lists x"),
    ({"promotions.csv": b'day,record\n2026-01-01,"x'}, "promotions.csv cannot be read"),
    ({f"records/staging/churn/{'9' * 5000}.json": json.dumps(FIRST).encode()}, "is not a promotion record"),
]


@cases("files, expected", LISTED)
def test_what_a_forger_lists_is_answered_in_words(tmp_path: Path, files: dict[str, bytes], expected: str) -> None:
    forged = with_manifest(contents(FIRST) | files)
    assert any(expected in line for line in faults(tmp_path, package.archive(forged)))


def built(files: Mapping[str, bytes], comment: bytes = b"", extra: bytes = b"", compression: int = 0) -> bytes:
    """An archive of another program: with a comment, and a field beside the first file's name."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.comment = comment
        for name, data in files.items():
            member = zipfile.ZipInfo(name)
            member.extra, extra, member.compress_type = extra, b"", compression
            archive.writestr(member, data)
    return written.getvalue()


def other_name(name: str, then: str) -> bytes:
    """The field from which Info-ZIP takes another name than the one in the header (APPNOTE, 4.6.9)."""
    field = struct.pack("<BI", 1, zlib.crc32(name.encode())) + then.encode()
    return struct.pack("<HH", 0x7075, len(field)) + field


def test_bytes_that_no_file_accounts_for_are_named(tmp_path: Path) -> None:
    """Programs that read from the front, or other fields, unpack other files than those that are signed."""
    files = with_manifest(contents(FIRST))
    whole, first = built(files), next(iter(files))
    assert faults(tmp_path, whole) == []
    forged = {
        "before": package.archive({"evil.txt": b"x"}) + whole,
        "after": whole + b"PK",
        "comment": built(files, comment=b"more"),
        "other name": built(files, extra=other_name(first, "records/other.json")),
        "hidden": whole.replace(b"PK\x01\x02", b"hidden" + b"PK\x01\x02", 1),
        "compressed": built(files, compression=zipfile.ZIP_DEFLATED),
    }
    assert [name for name, data in forged.items() if not faults(tmp_path, data)] == []


HEADER = {  # field of the header before a file's bytes → its place there
    "signature": 0, "version": 4, "flags": 6, "compression": 8, "time": 10, "date": 12, "CRC-32": 14, "size": 18,
    "size unpacked": 22, "length of its name": 26, "length of its extra field": 28, "name": 35,
}  # fmt: skip


@cases("field, place", list(HEADER.items()))
def test_a_file_that_is_described_otherwise_before_its_bytes_is_named(tmp_path: Path, field: str, place: int) -> None:
    """Programs that read from the front go by that header, and others by the directory at the end."""
    whole = bytearray(package.archive(with_manifest(contents(FIRST))))
    at = zipfile.ZipFile(io.BytesIO(whole)).getinfo("promotions.csv").header_offset
    whole[at + place] ^= 1
    assert [line for line in faults(tmp_path, bytes(whole)) if "promotions.csv" in line and field in line]


def test_a_duplicate_a_link_and_a_cut_archive_are_named(tmp_path: Path) -> None:
    files = with_manifest(contents(FIRST))
    whole = package.archive(files)
    (tmp_path / "twice.zip").write_bytes(whole)
    with zipfile.ZipFile(tmp_path / "twice.zip", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("promotions.csv", b"day,record\n")
    link = zipfile.ZipInfo("link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "twice.zip", "a") as archive:
        archive.writestr(link, "/etc/passwd")
    found = faults(tmp_path, (tmp_path / "twice.zip").read_bytes())
    assert {"duplicate name 'promotions.csv'", "'link' is not a plain file", "added: link"} <= set(found)
    assert any("zip" in line for line in faults(tmp_path, whole[: len(whole) // 2]))
    damaged = whole.replace(b"# churn", b"# chorn")
    assert any("README.md" in line for line in faults(tmp_path, damaged))


def test_a_signature_of_others_does_not_count(tmp_path: Path, keys: Path) -> None:
    files = with_manifest(contents(FIRST))

    def found(files: Mapping[str, bytes]) -> str:
        return "; ".join(faults(tmp_path, package.archive(files), keys))

    assert "not signed" in found(files)
    assert "bob@example.org" in found(signed(files, keys / "bob"))
    assert "does not list" in found(signed(files, keys / "stranger"))
    assert verify_export.NAMESPACE in found(signed(files, keys / "alice", "file"))
    older = signed(with_manifest(contents(SECOND)), keys / "alice")[verify_export.SIGNATURE]
    assert "signature" in found({**files, verify_export.SIGNATURE: older})
    assert "signature" in found({**files, verify_export.SIGNATURE: b"nonsense"})


def test_it_runs_by_itself_from_the_archive_alone(tmp_path: Path, keys: Path) -> None:
    source = Path(verify_export.__file__).read_bytes()
    files = with_manifest({**contents(FIRST, SECOND), "verify.py": source})
    (tmp_path / "x.zip").write_bytes(package.archive(signed(files, keys / "alice")))
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        archive.extract("verify.py", tmp_path)

    def verify(*words: str) -> int:
        command = [sys.executable, "-I", "-S", "verify.py", "x.zip", *words]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode

    assert verify("--allowed", str(keys / "allowed"), "--identity", WHO) == 0
    assert verify("--allowed", str(keys / "allowed"), "--identity", "bob@example.org") == 1
    assert verify() == 3
    (tmp_path / "x.zip").unlink()
    assert verify() == 2


def test_its_digests_are_those_of_the_records() -> None:
    """The verifier shares no code with what wrote the export."""
    draw = random.Random(7)
    numbers = [draw.uniform(-1, 1) * 10.0 ** draw.randint(-25, 25) for _ in range(2000)]
    numbers += [0.0, -0.0, 1.0, 1e21, 1e20, 123456789012345680000.0, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308, 0.1]
    value = {"numbers": numbers, "€": '\u2028\x7f\x1f"\\/é😀', "😀": None, "\ufb33": [True, False, 3, -12, {}]}
    assert verify_export.digest_of(value) == digest(value)


def test_its_own_digest_is_published_in_the_guide() -> None:
    guide = Path(__file__).parent.parent.parent / "docs/how-to/hand-evidence-to-an-auditor.md"
    own = sha256(Path(verify_export.__file__).read_bytes())
    assert f"\n{own}\n" in guide.read_text(), f"write it there: {own}"

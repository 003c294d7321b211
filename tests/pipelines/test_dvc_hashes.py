"""Hashing: the digests are DVC's own, for DVC 3 and DVC 2, text and binary."""

from __future__ import annotations

import io

from cases import cases
from dvc_data.hashfile.hash import fobj_md5

from mlops_gitops.pipelines.dvc_hashes import CHUNK, Match, compare, file_md5

SAMPLES = {
    "nothing": b"",
    "unix": b"a\nb\n",
    "windows": b"a\r\nb\r\n",
    "binary with line ends": b"\x00\x01\r\n\r\n",
    "zeros after the first block": b"a" * 600 + b"\x00\r\n",
    "mostly not ASCII": "é".encode() * 100 + b"\r\n",
    "some not ASCII": "é".encode() * 10 + b"a" * 100 + b"\r\n",
    "three in ten not ASCII": b"\x80" * 3 + b"a" * 5 + b"\r\n",
    "a line end over two chunks": b"a" * (CHUNK - 1) + b"\r\nb\r\n",
    "binary from the second chunk on": b"a\r\n" + b"b" * (CHUNK - 3) + b"\x00" * 600 + b"\r\n",
}


@cases("data", SAMPLES.values())
@cases("hash, name", [("md5", "md5"), (None, "md5-dos2unix")])
def test_the_digest_of_a_file_is_the_one_dvc_gives(data: bytes, hash: str | None, name: str) -> None:
    theirs = fobj_md5(io.BytesIO(data), name=name)
    assert file_md5(data, hash) == theirs
    assert compare(data, theirs, hash) is Match.SAME
    assert compare(data + b"x", theirs, hash) is Match.OTHER


def test_other_line_ends_are_told_apart_from_other_content() -> None:
    unix, windows = b"a\nb\n", b"a\r\nb\r\n"
    assert compare(windows, file_md5(unix, "md5"), "md5") is Match.LINE_ENDS
    assert compare(unix, file_md5(windows, "md5"), "md5") is Match.LINE_ENDS
    assert compare(windows, file_md5(unix, None), None) is Match.SAME
    assert compare(b"\x00\r\n", file_md5(b"\x00\n", "md5"), "md5") is Match.OTHER

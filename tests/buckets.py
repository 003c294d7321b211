"""A real S3 on loopback, with a plain bucket and a versioned one, and a real DVC repository that pushes there."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import WorkTree
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import NO_PROJECT, find_project

KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
SERVER = """from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
import sys; sys.stdin.read()
"""


@dataclass
class S3:
    """The server, and a hand in its buckets `plain` and `versioned`."""

    url: str

    @property
    def client(self) -> Any:
        import boto3

        names = ("aws_access_key_id", "aws_secret_access_key", "region_name")
        return boto3.client("s3", endpoint_url=self.url, **dict(zip(names, KEYS.values(), strict=True)))

    def versions(self, prefix: str = "") -> dict[str, str]:
        """The newest version of each object of the versioned bucket."""
        listed = self.client.list_object_versions(Bucket="versioned", Prefix=prefix).get("Versions", [])
        return {entry["Key"]: entry["VersionId"] for entry in listed if entry["IsLatest"]}

    def alter(self, pin: Pin, data: bytes, *, under: str) -> None:
        """Puts other bytes where DVC keeps those of a digest in the plain bucket."""
        digest = str(pin.md5)
        key = f"{under}/files/md5/{digest[:2]}/{digest[2:]}"
        self.client.head_object(Bucket="plain", Key=key)
        self.client.put_object(Bucket="plain", Key=key, Body=data)


@contextmanager
def served() -> Iterator[S3]:
    """An S3 that lasts as long as the block."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert server.stdout is not None
    try:
        s3 = S3(f"http://127.0.0.1:{int(server.stdout.readline())}")
        for name in ("plain", "versioned"):
            s3.client.create_bucket(Bucket=name)
        s3.client.put_bucket_versioning(Bucket="versioned", VersioningConfiguration={"Status": "Enabled"})
        yield s3
    finally:
        server.communicate()


@dataclass
class Project:
    """A DVC repository with nothing but data."""

    root: Path

    @classmethod
    def begin(cls, root: Path, remotes: Mapping[str, Mapping[str, str]]) -> Project:
        """One with these remotes, the first of which is the default."""
        built = cls(root)
        (root / ".dvc").mkdir(parents=True)
        subprocess.run(["git", "init", "-q", "--template=", root], check=True)
        text = f"[core]\n    remote = {next(iter(remotes), '')}\n" if remotes else ""
        for name, settings in remotes.items():
            text += f"['remote \"{name}\"']\n" + "".join(f"    {key} = {value}\n" for key, value in settings.items())
        built.write(".dvc/config", text)
        return built

    def write(self, path: str, text: str | bytes) -> None:
        """Writes a file."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)  # DVC's links are read-only
        place.write_bytes(text if isinstance(text, bytes) else text.encode())

    def add(self, path: str, *, to: str | None = None) -> Pin:
        """Tracks a file or folder, and pushes it."""
        with self.real() as repo:
            repo.add(str(self.root / path))
            repo.push([str(self.root / path)], remote=to)
        return self.pin(path)

    @contextmanager
    def real(self) -> Iterator[Any]:
        """DVC's own repository, whose methods are its commands, in this process: that is quicker by a second each."""
        from dvc.repo import Repo

        logging.disable()  # DVC logs to the standard output of another test
        try:
            with Repo(str(self.root)) as repo:
                yield repo
        finally:
            logging.disable(logging.NOTSET)

    def dvc(self, *words: str) -> tuple[int, str]:
        """The code that DVC's own command ends with, and its standard output."""
        done = subprocess.run(["dvc", *words], cwd=self.root, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout.strip()

    def forget(self, *paths: str) -> None:
        """Removes the cache, and these files of the work tree."""
        subprocess.run(["rm", "-rf", ".dvc/cache", ".dvc/tmp", *paths], cwd=self.root, check=True)

    def pin(self, path: str) -> Pin:
        """What DVC tracks at a path."""
        output = Tracking(WorkTree(str(self.root))).output(path)
        assert output is not None
        return output.pin

    @property
    def store(self) -> DataStore:
        """The data of the repository, asked for the first time."""
        tree = WorkTree(str(self.root))
        return DataStore(str(self.root), lambda path: find_project(tree, path) or NO_PROJECT, _no_blob)


def _no_blob(id: str) -> bytes:
    raise Undecided(f"no {id}")

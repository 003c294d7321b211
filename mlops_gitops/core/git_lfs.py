"""Git LFS: what lies in Git is a pointer, and the bytes are in a store that this tool does not read.

The form of a pointer is that of https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: less than 1024 bytes, and
its first line names the version.
"""

from mlops_gitops import GUIDES

LARGEST = 1023  # bytes
_VERSION = b"version https://git-lfs.github.com/spec/v"
UNSUPPORTED = "Git LFS objects are not supported: DVC keeps the data of a release"


def is_pointer(data: bytes) -> bool:
    """Whether these bytes are a pointer in the place of a file."""
    return len(data) <= LARGEST and data.startswith(_VERSION)


def how_to_move(path: str, add: str = "") -> str:
    """The commands that give a file to DVC, for a help line; `add` is what adds it in a project below the top."""
    import shlex  # not by every hook, which reads this file for its pointers

    name = shlex.quote(path)
    return (
        f"git lfs pull, git rm --cached {name}, then {add or f'dvc add {name}'}, or dvc repro where a stage writes it "
        f"({GUIDES}/how-to/move-from-git-lfs.md)"
    )

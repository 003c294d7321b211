"""The files as they lie on disk, read so that no path and no link leads out of the repository."""

import errno
import os
import stat

from mlops_gitops.core.errors import Undecided

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_BYTES = 4 * 1024 * 1024
MAX_PATH = 1024  # characters; systems accept no longer ones
_MORE = 64 * 1024
_CONVERSIONS = (b"filter", b"ident", b"working-tree-encoding")  # attributes by which Git stores other bytes
SYMLINK = "is a symbolic link: put the file itself there"
SUBMODULE = "is a submodule: put the file itself there"

# Never through a link, and never waiting for the writer of a pipe. Windows has neither flag nor such pipes.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class Unreadable(Undecided):
    """A path that is there but must not or cannot be read; the text says why."""


def has_control(text: str, keep: str = "") -> bool:
    """Whether a text holds a control character other than those in `keep`, or a lone surrogate."""
    if text.isprintable():
        return False
    return any(char < " " or "\x7f" <= char <= "\x9f" or "\ud800" <= char <= "\udfff" for char in set(text) - {*keep})


def path_refusal(path: str) -> str:
    """Why no file is read or written under a name, in words that follow it; empty where nothing is against it."""
    return (
        "holds a control character" if has_control(path)
        else f"is longer than {MAX_PATH:,} characters" if len(path) > MAX_PATH
        else ""
    )  # fmt: skip


def safe_path(path: str) -> bool:
    """Whether a path written in a file stays inside the repository by its spelling, and is one a file may have."""
    parts = path.split("/")
    inside = bool(path) and not path.startswith("/") and not {"", ".", ".."} & set(parts) and "\\" not in path
    return inside and not path_refusal(path)


def too_large(size: int) -> str:
    """Why a file of `size` bytes is not read."""
    return f"is {size:,} bytes; files read by this tool may have {MAX_BYTES:,}"


def find_root(folder: str) -> str:
    """The repository that holds `folder`: the nearest folder upwards with .git, else `folder` itself."""
    here = os.path.abspath(folder)
    while not os.path.exists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return os.path.abspath(folder)
        here = above
    return here


def attribute_files(path: str) -> list[str]:
    """The files of a repository in which Git finds the attributes of a path."""
    folders = path.split("/")[:-1]
    above = ["/".join(folders[:depth]) for depth in range(len(folders) + 1)]
    return [".git/info/attributes", *(f"{folder}/.gitattributes".lstrip("/") for folder in above)]


class WorkTree:
    """The files below `root`, committed or not.

    `as_stored` gives the bytes that Git would store for those of a file, by root and path; without it, the same bytes.
    """

    __slots__ = ("_as_stored", "_real", "root")

    def __init__(self, root: str, as_stored: "Callable[[str, str, bytes], bytes] | None" = None) -> None:
        self.root = root
        self._as_stored = as_stored
        self._real = {""}  # the folders known not to be links: each is checked once, not once for each file

    def paths(self, under: str = "") -> "Iterator[str]":
        """Every file below `under`, sorted, links and submodules among them; of the whole tree no hidden folders.

        Raises Unreadable for a folder below `under` that cannot be listed: what lies in it would go unjudged.
        """
        yield from self._walked(under, lambda _, name: not under and name.startswith("."))

    def every(self) -> "Iterator[str]":
        """Every file, those in hidden folders too, sorted; but for what git and DVC keep for themselves."""
        yield from self._walked("", lambda folder, name: name == ".git" or folder.rpartition("/")[2] == ".dvc")

    def _walked(self, under: str, leaves_out: "Callable[[str, str], bool]") -> list[str]:
        if under and not safe_path(under):
            return []
        found: list[str] = []
        pending = [under]
        while pending:
            folder = pending.pop()
            prefix = f"{folder}/" if folder else ""
            for entry in self._entries(folder, must=bool(under)):
                if not entry.is_dir(follow_symlinks=False) or self._is_repository(prefix + entry.name):
                    found.append(prefix + entry.name)
                elif not leaves_out(folder, entry.name):
                    pending.append(prefix + entry.name)
        return sorted(found)

    def _entries(self, folder: str, *, must: bool) -> "list[os.DirEntry[str]]":
        try:
            with os.scandir(os.path.join(self.root, folder)) as entries:
                return list(entries)
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            if must and error.errno != errno.ENAMETOOLONG:
                raise Unreadable(f"the folder {folder} cannot be listed: {error.strerror}") from error
            return []

    def exists(self, path: str) -> bool:
        """Whether a file, a link or a submodule lies at `path`, wherever the link leads."""
        kind = self._kind(path)
        return kind != 0 and (kind != stat.S_IFDIR or self._is_repository(path))

    def _is_repository(self, path: str) -> bool:
        """Whether a folder is a repository of its own: to git it is one entry, and what it holds is none of ours."""
        return os.path.lexists(os.path.join(self.root, path, ".git"))

    def _kind(self, path: str) -> int:
        """What lies at `path`, as its mode says; 0 for nothing, and for a path that leads out by its spelling."""
        try:
            return stat.S_IFMT(os.lstat(os.path.join(self.root, path)).st_mode) if safe_path(path) else 0
        except (OSError, ValueError):
            return 0

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, None where nothing is.

        Raises Unreadable for links, what lies behind one, submodules, and files too large to be ours.
        """
        kind = self._kind(path)
        if not kind or (kind == stat.S_IFDIR and not self._is_repository(path)):
            return None
        self._refuse_links(path.rpartition("/")[0])
        if kind in (stat.S_IFLNK, stat.S_IFDIR):
            raise Unreadable(SYMLINK if kind == stat.S_IFLNK else SUBMODULE)
        try:
            file = os.open(os.path.join(self.root, path), _FLAGS)
            try:
                return _contents(file)
            finally:
                os.close(file)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from error

    def named(self, names: frozenset[str]) -> list[str]:
        """Every file of one of these names that `paths` has, sorted."""
        return [path for path in self.paths() if path.rpartition("/")[2] in names]

    def identity(self, path: str) -> str | None:
        """None: the bytes are not known without reading them."""

    def stored(self, path: str) -> bytes | None:
        """The bytes that Git stores for the file at `path`, None where nothing is. Raises Unreadable."""
        data = self.read(path)
        if not data or self._as_stored is None or not self.converts(path, data):
            return data
        return self._as_stored(self.root, path, data)

    def converts(self, path: str, data: bytes) -> bool:
        """Whether Git may store other bytes for a file: with other line ends, or by what an attribute asks for."""
        return b"\r\n" in data or any(map(self._names_conversion, attribute_files(path)))

    def _names_conversion(self, file: str) -> bool:
        try:
            text = self.read(file) or b""
        except Unreadable:  # nor does Git read it
            return False
        return any(name in text for name in _CONVERSIONS)

    def _refuse_links(self, folder: str) -> None:
        if folder not in self._real:
            self._refuse_links(folder.rpartition("/")[0])
            if os.path.islink(os.path.join(self.root, folder)):
                raise Unreadable(SYMLINK)
            self._real.add(folder)


def _contents(file: int) -> bytes:
    status = os.fstat(file)
    if stat.S_ISDIR(status.st_mode):
        raise Unreadable("cannot be read: Is a directory")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("is not a plain file: put one there")
    if status.st_size > MAX_BYTES:
        raise Unreadable(too_large(status.st_size))
    data = os.read(file, status.st_size + 1)
    # A file seldom grows while it is read, so little memory is set aside for that.
    while len(data) <= MAX_BYTES and (more := os.read(file, min(_MORE, MAX_BYTES + 1 - len(data)))):
        data += more
    if len(data) > MAX_BYTES:
        raise Unreadable(too_large(len(data)))
    return data

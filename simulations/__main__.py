"""Runs every study and writes the tables of docs/statistics.md between their markers: `make soak`."""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import numpy as np

from simulations import changes, forms, gates, proportions, ranking, smooth
from simulations.tally import ALPHAS, Line, Scale, Study

PAGE = Path(__file__).parent.parent / "docs/statistics.md"
SEED = 20_261_126
STUDIES: dict[str, Study] = {
    "clopper_pearson": proportions.clopper_pearson,
    "korn_graubard": proportions.clustered_proportions,
    "tango": proportions.paired_proportions,
    "ranking": ranking.single_auc,
    "pair": ranking.auc_difference,
    "ranking clusters": ranking.clustered_auc,
    "mean": smooth.skewed_means,
    "counts": smooth.confusion_statistics,
    "precision": smooth.average_precision,
    "delta clusters": smooth.clustered_means,
    "mover": gates.independent_groups,
}
FORMS: dict[str, Study] = {
    "form values": forms.metric_values,
    "form changes": changes.metric_changes,
    "form refuted": changes.refuted_slices,
}


def generator(name: str) -> np.random.Generator:
    """The same draws for a study whatever else is run."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def study_lines(name: str, scale: Scale) -> list[Line]:
    """The lines of one study."""
    found = list((STUDIES | FORMS)[name](generator(name), scale))
    print(f"{name}: {len(found):,} lines", file=sys.stderr, flush=True)
    return found


def markdown_table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table, its columns as wide as their text."""
    cells = [list(head), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    text = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    return "\n".join([text[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *text[1:]])


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def _by_method(found: Iterable[Line]) -> dict[str, list[Line]]:
    methods: dict[str, list[Line]] = {}
    for line in found:
        methods.setdefault(line.method, []).append(line)
    return methods


def _at(lines: Iterable[Line], alpha: float) -> list[Line]:
    return [line for line in lines if line.alpha == alpha]


def errors_table(found: list[Line]) -> str:
    """The worst share of wrong bounds of each method, inside its range, at each confidence."""
    rows = []
    for method, every in _by_method(found).items():
        for alpha in ALPHAS:
            lines = _at(every, alpha)
            worst = max(lines, key=lambda line: line.worst)
            over = sum(line.is_beyond_chance for line in lines)
            drawn = "exact" if worst.exact else f"{min(line.replicates for line in lines):,}"
            share = _percent(worst.worst)
            rows.append((method, f"{1 - alpha:.2f}", len(lines), drawn, _percent(alpha), share, over, worst.setting))
    head = ("method", "confidence", "settings", "samples", "agreed", "worst", "beyond chance", "where")
    return markdown_table(head, rows)


def forms_table(found: list[Line]) -> str:
    """The worst share of wrong bounds of each metric at each confidence, one line a metric."""
    rows = []
    for method, lines in _by_method(found).items():
        worst = [_percent(max(line.worst for line in _at(lines, alpha))) for alpha in ALPHAS]
        over = sum(line.is_beyond_chance for line in lines)
        usual = _at(lines, 0.05)
        few = f"{sum(line.few >= 0.5 for line in usual)} of {len(usual)}"
        setting = max(usual, key=lambda line: line.worst).setting
        rows.append((method, f"{min(line.replicates for line in lines):,}", *worst, over, few, setting))
    shares = (f"at {1 - alpha:.2f}" for alpha in ALPHAS)
    return markdown_table(("what", "samples", *shares, "beyond chance", "mostly out of range", "where, at 0.95"), rows)


def others_table(found: list[Line]) -> str:
    """What intervals without a declared range do on the same samples."""
    rows = []
    for method, every in _by_method(found).items():
        for name in dict.fromkeys(name for line in every for name in line.others):
            lines = [line for line in every if name in line.others]
            worst = [_percent(max(line.others[name] for line in _at(lines, alpha))) for alpha in ALPHAS[1:]]
            usual = _at(lines, 0.05)
            beyond = sum(line.others[name] > line.limit for line in usual)
            rows.append((name, f"as {method}", *worst, f"{beyond} of {len(usual)}"))
    head = ("interval", "settings", "at 0.90", "at 0.95", "at 0.99", "beyond chance at 0.95")
    return markdown_table(head, rows)


def coverage_table(found: list[Line]) -> str:
    """How often both bounds at a confidence of 95 % hold the true value between them, and how often `few` is said."""
    rows = []
    for method, every in _by_method(found).items():
        usual = _at(every, 0.05)
        in_range = [line for line in usual if line.few < 0.5]
        covered = [1 - (line.lower + line.upper) / (1 - line.few) for line in in_range]
        shown = [_percent(float(share)) for share in np.quantile(covered, [0, 0.5, 1])] if covered else ["—"] * 3
        rows.append((method, len(in_range), *shown, f"{len(usual) - len(in_range)} of {len(usual)}"))
    return markdown_table(("method", "settings", "least", "median", "most", "mostly out of range"), rows)


def slices_table(rng: np.random.Generator, scale: Scale) -> str:
    """How often gates over slices err."""
    head = ("require", "slices", "what", "agreed", "share", "comparing points")
    found = sorted(gates.slices(rng, scale), key=lambda gate: gate.rule == "not_refuted")
    rows = [
        (f"`{gate.rule}`", gate.slices, gate.what, _percent(gate.alpha), _percent(gate.share), _percent(gate.naive))
        for gate in found
        if gate.alpha == 0.05
    ]
    return markdown_table(head, rows)


def power_table(rng: np.random.Generator, scale: Scale) -> str:
    """How often gates decide."""
    head = ("method", "margin", "passed", "failed", "inconclusive")
    rows = [
        (gate.method, f"{gate.margin:g} se", *map(_percent, (gate.passed, gate.failed, gate.inconclusive)))
        for gate in gates.power(rng, scale)
    ]
    return markdown_table(head, rows)


def with_tables(page: str, tables: dict[str, str]) -> str:
    """The page with each table between its markers."""
    for name, table in tables.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not marked.search(page):
            raise SystemExit(f"docs/statistics.md has no markers for {name}")
        page = marked.sub(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", page)  # type: ignore[misc]
    return page


def tables(by_study: dict[str, list[Line]], scale: Scale) -> dict[str, str]:
    """The tables of the page by their markers, of the studies that ran."""
    forms = {"forms": forms_table([line for name in FORMS for line in by_study[name]])}
    if not by_study.keys() > FORMS.keys():
        return forms
    found = [line for name in STUDIES for line in by_study[name]]
    return forms | {
        "errors": errors_table(found),
        "others": others_table(found),
        "coverage": coverage_table(found),
        "slices": slices_table(generator("slices"), scale),
        "power": power_table(generator("power"), scale),
    }


def main() -> None:
    """Runs it all; exits 1 when a method errs more often than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=5_000)
    parser.add_argument("--jobs", type=int, default=1, help="studies at once; what comes out is the same")
    parser.add_argument(
        "--forms", action="store_true", help="only metrics through their forms; the rest of the page stays"
    )
    arguments = parser.parse_args()
    scale = Scale(arguments.replicates, True)
    studies = FORMS if arguments.forms else STUDIES | FORMS
    with ProcessPoolExecutor(arguments.jobs) as pool:
        by_study = dict(zip(studies, pool.map(study_lines, studies, repeat(scale)), strict=True))
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), tables(by_study, scale)), "utf-8")
    wrong = [line for lines in by_study.values() for line in lines if line.is_beyond_chance]
    for line in wrong:
        shares = f"{line.lower:.4f} {line.upper:.4f}"
        print(f"{line.method} errs at {line.alpha:g}: {shares}, {line.setting}", file=sys.stderr)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()

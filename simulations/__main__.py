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


def studied(name: str, scale: Scale) -> list[Line]:
    """The lines of one study."""
    found = list((STUDIES | FORMS)[name](generator(name), scale))
    print(f"{name}: {len(found):,} lines", file=sys.stderr, flush=True)
    return found


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table, its columns as wide as what stands in them."""
    every = [list(head), *([str(its) for its in row] for row in rows)]
    wide = [max(len(row[column]) for row in every) for column in range(len(every[0]))]
    text = ["| " + " | ".join(its.ljust(width) for its, width in zip(row, wide, strict=True)) + " |" for row in every]
    return "\n".join([text[0], "|" + "|".join("-" * (width + 2) for width in wide) + "|", *text[1:]])


def _percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def errors(found: list[Line]) -> str:
    """The worst share of wrong bounds of each method, inside its range, at each confidence."""
    rows = []
    for method in dict.fromkeys(its.method for its in found):
        for alpha in ALPHAS:
            of = [its for its in found if its.method == method and its.alpha == alpha]
            worst = max(of, key=lambda its: its.worst)
            over = sum(its.worst > its.limit + 1e-9 for its in of)
            drawn = "exact" if worst.exact else f"{min(its.replicates for its in of):,}"
            share = _percent(worst.worst)
            rows.append((method, f"{1 - alpha:.2f}", len(of), drawn, _percent(alpha), share, over, worst.setting))
    head = ("method", "confidence", "settings", "samples", "agreed", "worst", "beyond chance", "where")
    return table(head, rows)


def formed(found: list[Line]) -> str:
    """The worst share of wrong bounds of each metric at each confidence, one line a metric."""
    rows = []
    for method in dict.fromkeys(its.method for its in found):
        of = [its for its in found if its.method == method]
        at = {alpha: [its for its in of if its.alpha == alpha] for alpha in ALPHAS}
        worst = [_percent(max(its.worst for its in at[alpha])) for alpha in ALPHAS]
        over = sum(its.worst > its.limit + 1e-9 for its in of)
        few = f"{sum(its.few >= 0.5 for its in at[0.05])} of {len(at[0.05])}"
        where = max(at[0.05], key=lambda its: its.worst).setting
        rows.append((method, f"{min(its.replicates for its in of):,}", *worst, over, few, where))
    shares = (f"at {1 - alpha:.2f}" for alpha in ALPHAS)
    return table(("what", "samples", *shares, "beyond chance", "mostly out of range", "where, at 0.95"), rows)


def others(found: list[Line]) -> str:
    """What intervals without a declared range do on the same samples."""
    rows = []
    for method in dict.fromkeys(its.method for its in found):
        for name in dict.fromkeys(name for its in found if its.method == method for name in its.others):
            of = [its for its in found if its.method == method and name in its.others]
            at = {alpha: [its for its in of if its.alpha == alpha] for alpha in ALPHAS[1:]}
            worst = [_percent(max(its.others[name] for its in at[alpha])) for alpha in at]
            beyond = sum(its.others[name] > its.limit for its in at[0.05])
            rows.append((name, f"as {method}", *worst, f"{beyond} of {len(at[0.05])}"))
    return table(("interval", "settings", "at 0.90", "at 0.95", "at 0.99", "beyond chance at 0.95"), rows)


def coverage(found: list[Line]) -> str:
    """How often both bounds at a confidence of 95 % hold the true value between them, and how often `few` is said."""
    rows = []
    for method in dict.fromkeys(its.method for its in found):
        of = [its for its in found if its.method == method and its.alpha == 0.05 and its.few < 0.5]
        held = [1 - (its.lower + its.upper) / (1 - its.few) for its in of]
        every = [its for its in found if its.method == method and its.alpha == 0.05]
        said = sum(its.few >= 0.5 for its in every)
        shown = [_percent(float(its)) for its in np.quantile(held, [0, 0.5, 1])] if held else ["—"] * 3
        rows.append((method, len(of), *shown, f"{said} of {len(every)}"))
    return table(("method", "settings", "least", "median", "most", "mostly out of range"), rows)


def sliced(rng: np.random.Generator, scale: Scale) -> str:
    """Gates over slices."""
    head = ("require", "slices", "what", "agreed", "share", "comparing points")
    rows = [
        (f"`{its.rule}`", its.slices, its.what, _percent(its.alpha), _percent(its.share), _percent(its.naive))
        for its in sorted(gates.slices(rng, scale), key=lambda its: its.rule == "not_refuted")
        if its.alpha == 0.05
    ]
    return table(head, rows)


def decided(rng: np.random.Generator, scale: Scale) -> str:
    """How often gates decide."""
    head = ("method", "margin", "passed", "failed", "inconclusive")
    rows = [
        (its.method, f"{its.margin:g} se", *map(_percent, (its.passed, its.failed, its.inconclusive)))
        for its in gates.power(rng, scale)
    ]
    return table(head, rows)


def written(page: str, tables: dict[str, str]) -> str:
    """The page with each table between its markers."""
    for name, its in tables.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not marked.search(page):
            raise SystemExit(f"docs/statistics.md has no markers for {name}")
        page = marked.sub(lambda found, its=its: f"{found[1]}\n{its}\n\n{found[2]}", page)  # type: ignore[misc]
    return page


def main() -> None:
    """Runs it all; exits 1 when a method errs more often than it may."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--replicates", type=int, default=5_000)
    asked.add_argument("--jobs", type=int, default=1, help="studies at once; what comes out is the same")
    asked.add_argument(
        "--forms", action="store_true", help="only metrics through their forms; the rest of the page stays"
    )
    given = asked.parse_args()
    scale = Scale(given.replicates, True)
    studies = FORMS if given.forms else STUDIES | FORMS
    with ProcessPoolExecutor(given.jobs) as pool:
        by_study = dict(zip(studies, pool.map(studied, studies, repeat(scale)), strict=True))
    found = [its for lines in by_study.values() for its in lines]
    tables = {"forms": formed([its for name in FORMS for its in by_study[name]])}
    if not given.forms:
        of_methods = [its for name in STUDIES for its in by_study[name]]
        tables |= {
            "errors": errors(of_methods),
            "others": others(of_methods),
            "coverage": coverage(of_methods),
            "slices": sliced(generator("slices"), scale),
            "power": decided(generator("power"), scale),
        }
    PAGE.write_text(written(PAGE.read_text("utf-8"), tables), "utf-8")
    wrong = [its for its in found if its.worst > its.limit + 1e-9]
    for its in wrong:
        print(f"{its.method} errs at {its.alpha:g}: {its.lower:.4f} {its.upper:.4f}, {its.setting}", file=sys.stderr)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()

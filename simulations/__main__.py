"""Runs every study and writes the tables of docs/explanation/statistics.md between their markers: `make soak`."""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from simulations import (
    alike,
    bounded,
    cases,
    changes,
    drift_rows,
    drift_tables,
    forms,
    gates,
    missing_labels,
    overlapping,
    proportions,
    ranking,
    scored,
    smooth,
    tables,
    tails,
    wave_looks,
)
from simulations.tally import Line, Redrawn, Scale, Study, Trial, tried

PAGE = Path(__file__).parent.parent / "docs/explanation/statistics.md"
SEED, FRESH = 20_261_130, 20_261_131  # of the studies, and of what is drawn again
PLANNED = 1_000  # samples of each gate that is planned
WORST = 10  # settings of each study are drawn again
AGAIN = 100_000  # samples of each
EACH_YEAR = 50  # replicates for each year of rows
MORE = 4  # times as many samples of each case of the past as of a setting
STUDIES: dict[str, Study] = {
    "clopper_pearson": proportions.clopper_pearson,
    "korn_graubard": proportions.clustered_proportions,
    "tango": proportions.paired_proportions,
    "ranking": ranking.single_auc,
    "pair": ranking.auc_difference,
    "ranking clusters": ranking.clustered_auc,
    "mean": smooth.skewed_means,
    "bounded_mean": bounded.bounded_means,
    "counts": smooth.confusion_statistics,
    "precision": smooth.average_precision,
    "delta clusters": smooth.clustered_means,
    "mover": gates.independent_groups,
}
FORMS: dict[str, Study] = {
    "form values": forms.metric_values,
    "form changes": changes.metric_changes,
    "form alike": alike.alike_models,
    "form gaps": overlapping.overlapping_groups,
    "form refuted": changes.refuted_slices,
    "form scored": scored.scored_losses,
}


def generator(name: str) -> np.random.Generator:
    """The same draws for a table whatever else is run."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


@cache
def trials(study: str, scale: Scale) -> tuple[Trial, ...]:
    """The settings of a study."""
    return tuple((STUDIES | FORMS)[study](scale))


def trial_lines(place: tuple[str, int], scale: Scale) -> list[Line]:
    """The lines of one setting of a study: its name, and the setting's place."""
    study, number = place
    return tried(trials(study, scale)[number], (SEED, zlib.crc32(study.encode())), scale.replicates)


def study_lines(study: str, scale: Scale) -> list[Line]:
    """The lines of one study."""
    every = range(len(trials(study, scale)))
    return [line for number in every for line in trial_lines((study, number), scale)]


def redraw(place: tuple[str, int], scale: Scale, samples: int) -> list[Line]:
    """The lines of one setting with a fresh seed, at 0.05."""
    study, number = place
    return tried(trials(study, scale)[number], (FRESH, zlib.crc32(study.encode())), samples, (0.05,))


def case_row(number: int, samples: int) -> tuple[str, ...]:
    """The table's line of a case of the past; its outcome cannot be pickled, since it holds a local function."""
    outcome = cases.outcome(cases.CASES[number], np.random.default_rng([SEED, number]), samples)
    return tables.case_row(outcome)


class Soak:
    """Every setting of some studies, and the worst of each again."""

    def __init__(self, pool: ProcessPoolExecutor, studies: dict[str, Study], scale: Scale) -> None:
        self.pool, self.scale = pool, scale
        self.places = [(study, number) for study in studies for number in range(len(trials(study, scale)))]
        self.found = dict(zip(self.places, pool.map(partial(trial_lines, scale=scale), self.places), strict=True))

    def lines(self, study: str) -> list[Line]:
        """The lines of one study."""
        return [line for (name, _), found in self.found.items() if name == study for line in found]

    def redrawn(self, samples: int) -> Iterator[Redrawn]:
        """The worst settings of each study with fresh seeds; those without draws are left out."""
        worst = [place for study in dict.fromkeys(study for study, _ in self.places) for place in self._worst(study)]
        again = self.pool.map(partial(redraw, scale=self.scale, samples=samples), worst)
        for place, lines in zip(worst, again, strict=True):
            first = {line.method + line.setting: line for line in self.found[place] if line.alpha == 0.05}
            yield from (Redrawn(place[0], first[line.method + line.setting], line) for line in lines)

    def _worst(self, study: str) -> list[tuple[str, int]]:
        def share(place: tuple[str, int]) -> float:
            return max(line.worst for line in self.found[place] if line.alpha == 0.05)

        drawn = [place for place in self.places if place[0] == study and not trials(study, self.scale)[place[1]].exact]
        return sorted(drawn, key=share, reverse=True)[:WORST]


def write(written: dict[str, str]) -> None:
    """Writes tables into the page."""
    PAGE.write_text(with_tables(PAGE.read_text("utf-8"), written), "utf-8")


def with_tables(page: str, tables: dict[str, str]) -> str:
    """The page with each table between its markers."""
    for name, table in tables.items():
        marked = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not marked.search(page):
            raise SystemExit(f"docs/explanation/statistics.md has no markers for {name}")
        page = marked.sub(lambda found, table=table: f"{found[1]}\n{table}\n\n{found[2]}", page)  # type: ignore[misc]
    return page


def interval_tables(soak: Soak) -> dict[str, str]:
    """What the studies of interval methods show."""
    every = [line for name in STUDIES for line in soak.lines(name)]
    return {
        "errors": tables.errors_table(every),
        "others": tables.others_table(every),
        "coverage": tables.coverage_table(every),
    }


def form_tables(soak: Soak) -> dict[str, str]:
    """What the studies of metrics through their forms show."""
    return {"forms": tables.forms_table([line for name in FORMS for line in soak.lines(name)])}


def run_studies(
    studies: dict[str, Study],
    make: Callable[[Soak], dict[str, str]],
    redrawn: str,
    pool: ProcessPoolExecutor,
    scale: Scale,
    samples: int,
) -> list[Line]:
    """Writes the tables of some studies, then that of their worst settings, at the marker `redrawn`.

    Returns the lines that err more often than they may.
    """
    soak = Soak(pool, studies, scale)
    write(make(soak))  # before the longer half of the work
    again = list(soak.redrawn(samples))
    write({redrawn: tables.redrawn_table(again)})
    beyond_chance = [line for lines in soak.found.values() for line in lines if line.is_beyond_chance]
    return beyond_chance + [line.again for line in again if line.again.worst > tables.ALLOWED]


def run_gates(pool: ProcessPoolExecutor, scale: Scale, _samples: int) -> list[Line]:
    """Writes what whole gates do: slices, power, contaminated losses, plans, and the cases of the past."""
    written = {
        "slices": pool.submit(tables.slices_table, generator("slices"), scale),
        "power": pool.submit(tables.power_table, generator("power"), scale),
        "alternatives": pool.submit(tables.alternatives_table, generator("alternatives"), scale),
        "contaminated": pool.submit(tables.contaminated_table, generator("contaminated"), scale),
        "plans": pool.submit(tables.plans_table, generator("plans"), replace(scale, replicates=PLANNED)),
    }
    past = pool.map(partial(case_row, samples=MORE * scale.replicates), range(len(cases.CASES)))
    write({name: table.result() for name, table in written.items()} | {"cases": tables.cases_table(list(past))})
    return []


def run_drift(pool: ProcessPoolExecutor, scale: Scale, _samples: int) -> list[Line]:
    """Writes what drift statistics do: rates of false alarms, and named shifts."""
    write(drift_tables.tables(pool, scale))
    return []


def run_years(pool: ProcessPoolExecutor, scale: Scale, _samples: int) -> list[Line]:
    """Writes how many windows of simulated years alarm: each setting as it comes."""
    found = []
    for years in drift_tables.years_of(pool, scale):
        found.append(years)
        write({"drift years": drift_tables.years_table(found)})
    rows = [drift_rows.simulated(watched, scale.replicates // EACH_YEAR, pool) for watched in drift_rows.SETTINGS]
    write({"drift rows": drift_tables.years_table(rows)})
    return drift_tables.too_many([*found, *rows])


def run_tails(_pool: ProcessPoolExecutor, scale: Scale, _samples: int) -> list[Line]:
    """Writes how often the bounds of KPIs err at the levels of watches."""
    written, wrong = tails.run(STUDIES, scale, SEED)
    write(written)
    return wrong


def run_missing(_pool: ProcessPoolExecutor, scale: Scale, _samples: int) -> list[Line]:
    """Writes how often bounds of KPIs err where labels are missing."""
    written, wrong = missing_labels.run(scale, SEED)
    write(written)
    return wrong


def run_waves(_pool: ProcessPoolExecutor, scale: Scale, _samples: int) -> list[Line]:
    """Writes how often looks at the rate of a wave pass or abort it by chance."""
    found = list(wave_looks.outcomes(scale))
    write({"wave looks": wave_looks.table(found)})
    return [
        Line(
            "wave looks",
            f"{each.rows} rows, {each.looks} looks{', extended' * each.extends}",
            wave_looks.LEVEL,
            each.passes,
            each.aborts,
            0,
            0,
            True,
        )
        for each in wave_looks.too_many(found)
    ]


PARTS: dict[str, Callable[[ProcessPoolExecutor, Scale, int], list[Line]]] = {
    "intervals": partial(run_studies, STUDIES, interval_tables, "redrawn"),
    "gates": run_gates,
    "drift": run_drift,
    "years": run_years,
    "tails": run_tails,
    "missing": run_missing,
    "waves": run_waves,
    "forms": partial(run_studies, FORMS, form_tables, "redrawn forms"),
}


def main() -> None:
    """Runs the parts; exits 1 when a method errs more often than it may, once every table is written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=5_000)
    parser.add_argument("--again", type=int, default=AGAIN, help="samples of each of the worst settings")
    parser.add_argument("--jobs", type=int, default=1, help="settings at once; what comes out is the same")
    parser.add_argument("--only", choices=PARTS, action="append", help="one part; the other tables stay as they are")
    arguments = parser.parse_args()
    scale = Scale(arguments.replicates, True)
    with ProcessPoolExecutor(arguments.jobs) as pool:
        wrong = [line for part in arguments.only or PARTS for line in PARTS[part](pool, scale, arguments.again)]
    for line in wrong:
        shares = f"{line.lower:.4f} {line.upper:.4f}"
        print(f"{line.method} errs at {line.alpha:g}: {shares}, {line.setting}", file=sys.stderr)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()

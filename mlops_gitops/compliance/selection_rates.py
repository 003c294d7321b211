"""Selection or scoring rates and impact ratios of categories, as 6 RCNY 5-300 and 5-301 define them.

A selection rate is the share of a category's applicants who were selected; a scoring rate the share who scored above
the median of all. The impact ratio of a category is its rate over the highest rate of any. Of what share of applicants
a category may be left out is the rule's 2 %. The rule sets no threshold for a ratio, so nothing here does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

from mlops_gitops.core.frozen import frozen

Category: TypeAlias = tuple[str, str]  # sex and race or ethnicity; "" for either of them where it is not split by it
SMALL = 0.02  # of all applicants: 5-301(d)


@frozen
class Rate:
    """One category: its applicants, how many of them are hits, its share of all, and its ratio, None if left out."""

    category: Category
    applicants: int
    hits: int
    share: float
    ratio: float | None

    @property
    def rate(self) -> float:
        """Selection or scoring rate, from 0 to 1."""
        return self.hits / self.applicants

    @property
    def is_small(self) -> bool:
        """Whether an auditor may leave it out."""
        return self.share < SMALL


@frozen
class Rates:
    """The rates by sex, by race or ethnicity, and by both; and how many applicants have no known category of either."""

    sex: tuple[Rate, ...]
    race: tuple[Rate, ...]
    both: tuple[Rate, ...]
    applicants: int
    unknown: int

    def every(self) -> tuple[Rate, ...]:
        """All of them, in the order in which the rule lists them."""
        return (*self.sex, *self.race, *self.both)


def rates(
    counts: Mapping[Category, tuple[int, int]], unknown: Collection[str] = (), left_out: Collection[Category] = ()
) -> Rates:
    """The rates of counted applicants: (sex, race or ethnicity) → applicants, of them hits.

    Applicants whose sex or race is one of `unknown`, or empty, are in no category of it. Categories of `left_out` have
    no ratio, and count for no highest rate. Shares are of all applicants.
    """
    nowhere = {"", *(value.casefold() for value in unknown)}
    total = sum(applicants for applicants, _ in counts.values())
    sex, race, both = (
        _with_ratios(_groups(counts, nowhere, by), total, left_out) for by in (("sex",), ("race",), ("sex", "race"))
    )
    lacking = sum(n for category, (n, _) in counts.items() if any(name.casefold() in nowhere for name in category))
    return Rates(sex, race, both, total, lacking)


def _groups(
    counts: Mapping[Category, tuple[int, int]], nowhere: Collection[str], by: Collection[str]
) -> dict[Category, tuple[int, int]]:
    """Applicants and hits by sex, by race or by both; without those of whom that is not known."""
    groups: dict[Category, tuple[int, int]] = {}
    for (sex, race), (applicants, hits) in counts.items():
        category = (sex if "sex" in by else "", race if "race" in by else "")
        if all(name.casefold() not in nowhere for name, part in ((sex, "sex"), (race, "race")) if part in by):
            before = groups.get(category, (0, 0))
            groups[category] = before[0] + applicants, before[1] + hits
    return groups


def _with_ratios(
    groups: Mapping[Category, tuple[int, int]], total: int, left_out: Collection[Category]
) -> tuple[Rate, ...]:
    counted = {category: group for category, group in groups.items() if group[0]}
    highest = max((hits / n for category, (n, hits) in counted.items() if category not in left_out), default=0.0)
    return tuple(
        Rate(category, n, hits, n / total, None if category in left_out or not highest else hits / n / highest)
        for category, (n, hits) in sorted(counted.items())
    )


def label(category: Category) -> str:
    """A category as a table names it."""
    return ", ".join(filter(None, category))


def unjustified(found: Rates, left_out: Iterable[Category]) -> list[Category]:
    """The categories that are left out though 2 % or more of the applicants are of them, or that do not exist."""
    small = {rate.category for rate in found.every() if rate.is_small}
    return [category for category in left_out if category not in small]

"""Binned samples: what a drift statistic compares.

All of it takes arrays with one row a replicate as well, so that a simulation runs the very code that decides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mlops_gitops.core.frozen import frozen
from mlops_gitops.statistics.quantiles import Floats, Number, beta_lower


@frozen
class BinnedSample:
    """How many rows of a sample fall into each bin.

    `counts` are rows, a float64 array of shape (…, bins). `design_effect` is the variance of a share, divided by that
    of as many independent rows: 1 for independent rows, more for clustered ones (Kish, Survey Sampling (1965)).
    """

    counts: Floats
    design_effect: float = 1.0

    @property
    def effective_counts(self) -> Floats:
        """As many independent rows in each bin as tell the same; shape (…, bins)."""
        return self.counts / self.design_effect

    @property
    def effective_size(self) -> Number:
        """As many independent rows as tell the same; shape (…)."""
        return self.counts.sum(-1) / self.design_effect

    @property
    def shares(self) -> Floats:
        """The share of rows in each bin; shape (…, bins)."""
        return np.asarray(self.counts / self.counts.sum(-1, keepdims=True))

    def share_bounds(self, counts: Floats, alpha: Number) -> tuple[Floats, Floats]:
        """Exact bounds of the shares of bins, or of bins joined, each wrong at most as often as `alpha`.

        `counts` are effective, of shape (…, parts). Source: Clopper & Pearson, Biometrika 26 (1934) 404–413.
        """
        size = np.asarray(self.effective_size)[..., None]
        lower, others = beta_lower(counts, size, alpha), beta_lower(size - counts, size, alpha)
        return np.asarray(lower), np.asarray(1 - others)


@frozen
class BinnedPair:
    """A reference and a window in the same bins.

    `positions` are the values that stand for the bins, increasing, of shape (bins,); None where none has a value.
    """

    reference: BinnedSample
    window: BinnedSample
    positions: Floats | None = None

    @property
    def harmonic_size(self) -> Number:
        """1/(1/n + 1/N): the variance of a difference of shares is p(1 − p) divided by this; shape (…)."""
        return 1 / (1 / self.reference.effective_size + 1 / self.window.effective_size)

    def evidence(self) -> dict[str, Any]:
        """JSON from which value and bounds follow; counts have shape (bins,)."""
        sides = {"reference": self.reference, "window": self.window}
        found: dict[str, Any] = {
            name: {"counts": side.counts.tolist(), "design_effect": side.design_effect} for name, side in sides.items()
        }
        return found if self.positions is None else found | {"positions": self.positions.tolist()}

"""Estimates with bounds, and the arithmetic behind them; one interval method a file, in intervals/.

Metrics and limits are not known here. Read estimate.py first, then influences.py."""

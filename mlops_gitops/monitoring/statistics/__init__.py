"""Drift statistics, one a file: two binned samples in, an estimate with one-sided bounds out.

Columns, limits and alarms are not known here. Read samples.py first, then noncentral.py."""

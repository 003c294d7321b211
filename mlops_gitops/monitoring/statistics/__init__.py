"""Drift statistics, one a file, found by the name that `effect:` has in monitoring.yaml; see drift/statistic.py."""

"""What drift statistics share: samples in the same bins, estimates with one-sided bounds, several columns at once.

A statistic is one file in statistics/. Where counts come from does not belong here. Read samples.py and statistic.py.
"""

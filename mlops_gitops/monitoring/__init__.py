"""A model in use: what is known of a window of its live data, judged by its monitoring.yaml.

A kind of watch is one file in watches/. Where bytes come from does not belong here. Read outcome.py and judge.py first.
"""

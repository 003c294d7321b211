"""Rows whose label has not come: rows of a like score stand in for them, and what their labels could change at most.

Read strata.py first, then stand_ins.py.
"""

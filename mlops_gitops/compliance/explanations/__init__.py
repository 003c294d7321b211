"""How far an explanation of a model can be believed: claimed, linked, re-derived or re-run.

Files come in as paths of verified copies; where they come from, and what runs a model, is not said here. Read level.py
and assess.py first.
"""

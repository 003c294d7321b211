"""What observations prove of a wave: which of them count, since when it runs, and how its watches are looked at.

Begin with wave_evidence.py.
"""

"""A model's live data beside a profile of the data that it was released with; the profile holds no row of either.

Only what is counted over tables belongs here; where their bytes come from does not. Read profile.py first.
"""

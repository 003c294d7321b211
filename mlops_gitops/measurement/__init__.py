"""From prediction files to numbers with bounds: SQL, checks of the data, engines.

What a number is worth is for `gates`. Read measure.py first, then contract.py."""

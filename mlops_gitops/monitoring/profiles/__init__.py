"""What the columns of a data file look like without its rows, and a window counted in the same bins: profile.py."""

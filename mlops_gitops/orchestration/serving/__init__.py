"""What an environment runs, for what serves it: found, fetched and verified. Read running_release.py first."""

"""A person's work with pull requests: check, merge and record, and what waits for whom. Read merge_pull.py first."""

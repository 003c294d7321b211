"""The history replayed along its first parents, and proven by records and receipts.

It judges by the same rules as a check. Read replay.py first."""

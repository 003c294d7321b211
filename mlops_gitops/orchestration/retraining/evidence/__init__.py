"""What triggers depend on, read at the edges: looks at windows taken again, rows, explanations, digests of files.

Whether that calls for a retraining does not belong here; retraining/triggers decides it. Read gather.py first.
"""

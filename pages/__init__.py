"""Writes the pages of docs/ that come from the code: commands, schemas, metrics, rules and checkups.

`make docs` runs it. Pages that people write stay in docs/.
"""

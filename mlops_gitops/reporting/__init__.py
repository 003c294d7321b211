"""A command's result, and its formats, one a file in formats/.

What a result says is the command's. Read report.py first."""

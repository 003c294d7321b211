"""What a ledger and its receipts read only when they are asked: a daily command is about one model of many.

What every entry says belongs in ledger.py, and what the audit replays too. Read index.py first.
"""

"""The records of monitoring: a chain for each model in each environment, proven without the data.

Each record names the one before it by its digest, on a branch of its own. Read record.py first, then chain.py.
"""

"""The records of monitoring: a chain for each model in each environment, proven without the data. Read record.py."""

"""From numbers and conditions to outcomes, and a judged gate as a table, JSON and a record.

Nothing is measured here. Read evaluate.py and conditions.py first."""

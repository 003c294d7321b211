"""From numbers and conditions to outcomes, and a judged gate as a table, as JSON and as an entry of a promotion record.

Nothing is measured here. Read evaluate.py and conditions.py first."""

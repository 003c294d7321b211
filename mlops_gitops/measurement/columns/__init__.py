"""The columns of a prediction file: types that are declared or follow from a whole CSV file, and SQL that reads them.

What is counted over them is for `measurement/`. Read readings.py first."""

"""Puts the customers of past weeks together with who left: `python src/collect.py FOLDER`, the folder of live.py."""

import csv
import sys
from pathlib import Path

from customers import COLUMNS, FEATURES, write

rows = []
for place in sorted(Path(sys.argv[1], "scored").glob("*.csv")):
    with place.open(newline="") as file, Path(sys.argv[1], "labels", place.name).open(newline="") as labels:
        left = {row["customer"]: row["left"] for row in csv.DictReader(labels)}
        for row in csv.DictReader(file):
            day = f"{place.stem}T00:00:00Z"
            rows.append([day, row["customer"], *(row[name] for name in FEATURES), left[row["customer"]]])
write("data/labelled.csv", ["week", *COLUMNS], rows)

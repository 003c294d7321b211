"""Scores the rows of live windows with the saved model. There is no label among them."""

import csv
from pathlib import Path

import skops.io
from customers import FEATURES, scored, write

with Path("data/live/churn/rows.csv").open(newline="") as file:
    rows = [
        [row["customer"], *(float(row[name]) for name in FEATURES[:4]), row["region"]] for row in csv.DictReader(file)
    ]
model = skops.io.load("models/churn/model.skops")
write("data/live/churn/holdout.csv", ["customer", *FEATURES, "predicted", "probability"], scored(model, rows))

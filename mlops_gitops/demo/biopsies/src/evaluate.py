"""Scores the holdout with the saved model, and measures how long one prediction takes."""

import csv
import json
import time
from pathlib import Path

import skops.io

model = skops.io.load("models/breast-cancer/model.skops")
with Path("data/holdout.csv").open(newline="") as file:
    rows = list(csv.reader(file))[1:]
features = [[float(value) for value in row[1:-1]] for row in rows]
scores = model.predict_proba(features)[:, 1]
with Path("data/holdout_predictions.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(["patient", "malignant", "predicted", "probability"])
    for row, score in zip(rows, scores.tolist(), strict=True):
        writer.writerow([row[0], row[-1], int(score >= 0.5), repr(score)])

taken = []
for one in features[:100]:
    start = time.perf_counter()
    model.predict_proba([one])
    taken.append(1000 * (time.perf_counter() - start))
Path("metrics.json").write_text(json.dumps({"p95_ms": round(sorted(taken)[94], 3)}, indent=2) + "\n")

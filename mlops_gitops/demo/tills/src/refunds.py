"""Refunds at the tills of a shop, drawn at random, and which of them were fraud: nobody in it is real.

The model is a table: how often refunds of an amount and an age were fraud. `steps` says how finely it cuts amounts. It
needs nothing but Python, so that a till can read it.
"""

import csv
import json
import math
import random
import sys
from pathlib import Path

COLUMNS = ["refund", "amount", "days", "fraud"]
MODEL = Path("models/refunds/model.json")
WEEKS = 9
LIKE = 20  # refunds of the whole shop that count in each cell, so that few refunds say little


def refunds(seed, rows):
    draw = random.Random(seed)
    for number in range(rows):
        amount, days = min(499.0, draw.expovariate(1 / 60)), draw.randint(0, 59)
        leaning = amount / 40 - days / 8 - 1 + 3 * (amount % 50 > 45)  # many frauds stay just below a round sum
        yield [f"{seed}-{number}", round(amount, 2), days, int(draw.random() < 1 / (1 + math.exp(-leaning)))]


def cell(row, steps):
    return int(row[1] / 500 * steps) * WEEKS + row[2] // 7


def train(steps):
    rows = list(refunds("known", 40000))
    mean = sum(row[3] for row in rows) / len(rows)
    counts, frauds = [0] * steps * WEEKS, [0] * steps * WEEKS
    for row in rows:
        counts[cell(row, steps)] += 1
        frauds[cell(row, steps)] += row[3]
    rates = [round((fraud + LIKE * mean) / (count + LIKE), 6) for count, fraud in zip(counts, frauds, strict=True)]
    return {"steps": steps, "rates": rates}


def scored(model, rows):
    for row in rows:
        score = model["rates"][cell(row, model["steps"])]
        yield [*row, int(score >= 0.5), score]


if sys.argv[1] == "train":
    MODEL.write_text(json.dumps(train(json.loads(Path("params.json").read_text())["steps"])) + "\n")
if sys.argv[1] == "evaluate":
    with Path("data/holdout_scored.csv").open("w", newline="") as file:
        model = json.loads(MODEL.read_text())
        csv.writer(file).writerows([[*COLUMNS, "predicted", "probability"], *scored(model, refunds("holdout", 20000))])

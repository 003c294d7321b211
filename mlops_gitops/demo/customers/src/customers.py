"""Customers of a telephone company, drawn at random, and who of them leaves: nobody in it is real."""

import csv
import math
import random
from pathlib import Path

COLUMNS = ["customer", "age", "tenure", "charge", "calls", "region", "left"]
FEATURES = COLUMNS[1:6]
REGIONS = ["north", "south", "east", "west"]


def customers(rows, seed, *, dearer=0.0, habits=1.0, prices=0.0):
    """Rows of COLUMNS. Charges are `dearer` by a share; with `habits` of 0, no habit says who leaves any more.

    With `prices`, those leave who pay much.
    """
    draw = random.Random(seed)
    found = []
    for number in range(rows):
        age, tenure = draw.randint(18, 80), min(120, int(draw.expovariate(1 / 30)))
        charge = round(draw.gauss(60, 15) * (1 + dearer), 2)
        calls, region = int(draw.expovariate(0.7)), draw.choice(REGIONS)
        leaning = habits * (1.2 * calls - 0.06 * tenure - 0.02 * (age - 45)) + prices * (charge - 60) - 0.9
        left = int(draw.random() < 1 / (1 + math.exp(-leaning)))
        found.append([f"{seed}-{number:05d}", age, tenure, charge, calls, region, left])
    return found


def matrix(rows):
    """The features as numbers: one column for each region."""
    return [[*row[1:5], *(float(row[5] == region) for region in REGIONS)] for row in rows]


def write(path, columns, rows):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def read(path):
    """The rows of a file of COLUMNS, numbers as numbers."""
    with Path(path).open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [[row[0], *(float(value) for value in row[1:5]), row[5], int(row[6])] for row in rows]


def scored(model, rows):
    """Each row with what the model predicts: the class and the probability of leaving."""
    scores = model.predict_proba(matrix(rows))[:, 1].tolist()
    return [[*row, int(score >= 0.5), round(score, 6)] for row, score in zip(rows, scores, strict=True)]

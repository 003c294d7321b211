"""Splits 569 real biopsies (Wolberg, Street and Mangasarian 1995, as scikit-learn ships them) into two files."""

import csv
from pathlib import Path

import yaml
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split

params = yaml.safe_load(Path("params.yaml").read_text())["prepare"]
data = load_breast_cancer()
rows = [
    [f"patient-{number:03d}", *features, int(target == 0)]
    for number, (features, target) in enumerate(zip(data.data.tolist(), data.target, strict=True))
]
train, holdout = train_test_split(rows, test_size=params["holdout"], random_state=params["seed"])
for path, part in (("data/train.csv", train), ("data/holdout.csv", holdout)):
    with Path(path).open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["patient", *(name.replace(" ", "_") for name in data.feature_names), "malignant"])
        writer.writerows(part)

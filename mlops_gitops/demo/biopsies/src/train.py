"""Fits a logistic regression and saves it in the skops format, which holds no code to run."""

import csv
from pathlib import Path

import skops.io
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

params = yaml.safe_load(Path("params.yaml").read_text())["train"]
with Path("data/train.csv").open(newline="") as file:
    rows = list(csv.reader(file))[1:][: params["rows"]]
features = [[float(value) for value in row[1:-1]] for row in rows]
labels = [int(row[-1]) for row in rows]
model = make_pipeline(StandardScaler(), LogisticRegression(C=params["regularisation"], max_iter=1000))
model.fit(features, labels)
skops.io.dump(model, "models/breast-cancer/model.skops")

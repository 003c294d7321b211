"""The newest rows with a label before a moment: what a model may be trained on."""

import csv
from pathlib import Path

import yaml
from customers import COLUMNS, write

params = yaml.safe_load(Path("params.yaml").read_text())["select"]
with Path("data/train.csv").open(newline="") as file:
    first = list(csv.reader(file))[1:]
with Path("data/labelled.csv").open(newline="") as file:
    later = [row[1:] for row in list(csv.reader(file))[1:] if row[0] < params["until"]]
write("data/recent.csv", COLUMNS, [*first, *later][-params["rows"] :])

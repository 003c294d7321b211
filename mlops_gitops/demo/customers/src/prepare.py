"""Draws customers, and splits them into two files."""

from pathlib import Path

import yaml
from customers import COLUMNS, customers, write

params = yaml.safe_load(Path("params.yaml").read_text())["prepare"]
rows = customers(params["rows"], params["seed"])
half = params["rows"] // 2
write("data/train.csv", COLUMNS, rows[:half])
write("data/holdout.csv", COLUMNS, rows[half:])

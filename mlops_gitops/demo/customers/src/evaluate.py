"""Scores the holdout with the saved model; the features stay beside the scores, since monitoring compares them."""

import skops.io
from customers import COLUMNS, read, scored, write

model = skops.io.load("models/churn/model.skops")
write("data/holdout_scored.csv", [*COLUMNS, "predicted", "probability"], scored(model, read("data/holdout.csv")))

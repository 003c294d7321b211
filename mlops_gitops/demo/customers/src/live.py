"""A week in production: what the model predicts, and who left. `python src/live.py FOLDER DATE [--dearer] [--restless]`

With --dearer, all charges rise by a fifth; with --restless, customers leave for reasons that the model does not know.
"""

import sys

import skops.io
from customers import FEATURES, customers, scored, write

folder, day, *changes = sys.argv[1:]
model = skops.io.load("models/churn/model.skops")
restless = "--restless" in changes
dearer, habits, prices = 0.2 * ("--dearer" in changes), 1.0 - 0.8 * restless, 0.12 * restless
rows = scored(model, customers(5000, day, dearer=dearer, habits=habits, prices=prices))
write(
    f"{folder}/scored/{day}.csv", ["customer", *FEATURES, "predicted", "probability"], [[*r[:6], *r[7:]] for r in rows]
)
write(f"{folder}/labels/{day}.csv", ["customer", "left"], [[row[0], row[6]] for row in rows])

"""Fits a logistic regression and saves it in the skops format, which holds no code to run."""

import skops.io
from customers import matrix, read
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

rows = read("data/recent.csv")
model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
model.fit(matrix(rows), [row[-1] for row in rows])
skops.io.dump(model, "models/churn/model.skops")

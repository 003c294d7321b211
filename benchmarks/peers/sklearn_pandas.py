"""What our gate measures, as a data scientist writes it: eight metrics of a Parquet file, whole and by region."""

import sys

import pandas
from sklearn import metrics

rows = pandas.read_parquet(sys.argv[1], columns=["label", "prediction", "score", "region"])
for group in (rows, *(its for _, its in rows.groupby("region"))):
    label, prediction, score = group["label"], group["prediction"], group["score"]
    print(
        metrics.accuracy_score(label, prediction),
        metrics.precision_score(label, prediction),
        metrics.recall_score(label, prediction),
        metrics.f1_score(label, prediction),
        metrics.roc_auc_score(label, score),
        metrics.average_precision_score(label, score),
        metrics.log_loss(label, score),
        metrics.brier_score_loss(label, score),
    )

"""Evidently's classification report of a Parquet file."""

import sys

import pandas
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.presets import ClassificationPreset

rows = pandas.read_parquet(sys.argv[1], columns=["label", "prediction", "score"])
roles = BinaryClassification(target="label", prediction_labels="prediction", prediction_probas="score")
data = Dataset.from_pandas(rows, data_definition=DataDefinition(classification=[roles]))
print(Report([ClassificationPreset()]).run(data, None).json())

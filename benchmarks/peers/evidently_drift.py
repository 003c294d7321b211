"""Evidently's drift preset of two files of the same columns: the reference first, then the window."""

import sys

import pandas
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset

read = pandas.read_csv if sys.argv[1].endswith(".csv") else pandas.read_parquet
frames = [read(path).drop(columns="id") for path in sys.argv[1:3]]
words = [name for name in frames[0].columns if name.startswith("word")]
numbers = [name for name in frames[0].columns if name.startswith("number")]
roles = DataDefinition(numerical_columns=numbers, categorical_columns=words)
reference, window = (Dataset.from_pandas(frame, data_definition=roles) for frame in frames)
print(Report([DataDriftPreset()]).run(window, reference).json())

"""One trigger a file: what calls for a retraining, as the key of its name in retraining.yaml asks.

What is the same for all triggers belongs in `retraining` itself. Read age.py first."""

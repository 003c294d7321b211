"""What triggers depend on: the facts of a model, and how rows, explanations and files of a tree become some of them.

Reading bytes belongs in `orchestration/retraining/evidence`. Read facts.py first."""

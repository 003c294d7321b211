"""The DVC stage that `explain init` drafts: a script of its user's own, and its entry in dvc.yaml.

What verifies the files that it makes is in compliance/explanations. Read plan.py first.
"""

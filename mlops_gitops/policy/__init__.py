"""The rules, one a file in rules/, and the engine that runs them and lets findings pass.

Nothing imports a rule: they are found by file name. Read rule.py and engine.py first."""

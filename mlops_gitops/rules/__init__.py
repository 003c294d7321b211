"""Rules: one policy or cross-check each, with the examples that test it."""

"""The pages of docs/ that are written from the code itself.

Anything that people write stays in docs/."""

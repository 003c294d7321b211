"""Model releases by pull request: validate, gate, promote, record and audit, driven by files in a Git repository."""

__version__ = "0.1.0"

"""EDGE: git, and pull requests that live in a plain remote.

What a history means belongs in `repository`. Read repository.py first."""

"""EDGE: GitHub's API, the forge on it, its settings.

What any forge is belongs in `forges`. Read forge.py and api.py first."""

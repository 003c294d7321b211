"""EDGE: GitHub's API, the forge on it, its settings.

What any forge is stands in `forges`. Read forge.py and api.py first."""

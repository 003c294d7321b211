"""Two releases of a model beside each other. Read compare_releases.py first."""

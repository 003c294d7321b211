"""A repository's settings and workflow files, examined; one checkup a file, in checkups/.

Reading the settings from GitHub belongs in `github`. Read checkup.py, facts.py and finding.py first."""

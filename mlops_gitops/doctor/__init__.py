"""A repository's settings and workflow files, questioned; one checkup a file, in checkups/.

Reading the settings from GitHub belongs in `github`. Read checkup.py and premises.py first."""

"""EDGE: the clock, processes, the console, the job of a CI service, caches outside the repository.

Git, data and GitHub have rooms of their own. Read console.py and ci_job.py first."""

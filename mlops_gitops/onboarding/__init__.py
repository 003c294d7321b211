"""What `init` and `card adopt` find in a repository, and the files they draft.

Nothing is written here. Read discover.py and init.py first."""

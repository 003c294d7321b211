"""The files that `init` and `card adopt` draft from what `discovery` found, and the advice beside them.

Nothing is written here. Read init.py first."""

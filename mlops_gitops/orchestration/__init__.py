"""What commands share: gather facts at the edges, call the core, write the result.

Nothing is decided here. Read workspace.py and pull_context.py first."""

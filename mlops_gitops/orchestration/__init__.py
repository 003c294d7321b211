"""What commands share: gather at the edges, ask the core, write.

Nothing is decided here. Read workspace.py and pull_context.py first."""

"""What every other room uses: errors, frozen classes, digests, diagnostics, plug-ins found by file name.

Nothing here knows of models, git or GitHub, and nothing of ours is imported. Read errors.py first."""

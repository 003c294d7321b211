"""What a forge is and holds: its contract, pull requests, change sets, settings. No network.

GitHub is in `github`, the forge in a plain remote in `git`. Read forge.py first."""

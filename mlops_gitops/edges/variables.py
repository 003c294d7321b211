"""Variables of the process's environment, as whoever needs one names it."""

import os


def variable(*names: str) -> str:
    """The first of these variables that is set; empty where none is."""
    return next((os.environ[name] for name in names if os.environ.get(name)), "")

"""The one error a user ever sees, with its exit code and what to do next."""

PASSED, FAILED, USAGE, UNDECIDED = 0, 1, 2, 3


class Error(Exception):
    """Stops a command: one plain line, an optional help line, and the exit code that fits.

    Exit codes: 1 ran and found errors, 2 usage or configuration, 3 could not decide.
    """

    def __init__(self, message: str, *, help: str = "", exit_code: int = USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.exit_code = exit_code
        if help:
            self.add_note(f"help: {help}")  # for a traceback in a program that calls `released`


class Undecided(Error):
    """The question could not be answered: data missing, a forge down, history cut short."""

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message, help=help, exit_code=UNDECIDED)


class Refused(Error):
    """The question was answered, and the answer is no."""

    def __init__(self, message: str, *, help: str = "") -> None:
        super().__init__(message, help=help, exit_code=FAILED)

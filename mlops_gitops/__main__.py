"""Where the process starts."""

import sys


def main() -> int:
    """Runs the command of this process and returns its exit code."""
    often = sys.argv[1:2] == ["validate"]
    if often:
        _collect_seldom()
    from mlops_gitops.runtime import console

    try:
        from mlops_gitops.cli import main as cli

        code = cli.main()
    except KeyboardInterrupt:
        print(console.STOPPED, file=sys.stderr)
        return console.INTERRUPTED
    if often:
        _leave_at_once()
    return code


def _collect_seldom() -> None:
    """Garbage in cycles is looked for less often: what is imported and read here stays, or goes without."""
    import gc

    gc.set_threshold(50_000, 20, 50)


def _leave_at_once() -> None:
    """Nothing is looked through for cycles on the way out: that would take a sixth of a small run's time.

    What is open is closed and flushed all the same, and what is registered for the exit runs.
    """
    import gc

    gc.freeze()


if __name__ == "__main__":
    sys.exit(main())

"""Where the process starts: an answer that still holds is repeated; only for a new one the tool is imported."""

import sys

from mlops_gitops.edges import actions, answers


def main() -> int:
    """Runs the command of this process and returns its exit code."""
    argv = sys.argv[1:]
    try:
        question = answers.ask(argv)
        kept = question.answer() if question else None
        if kept is not None:
            actions.print_anything()
            return actions.put(*kept)
        if argv[:1] == ["validate"]:
            _collect_seldom()
        from mlops_gitops import cli

        return cli.main(argv, question)
    except KeyboardInterrupt:
        print(actions.STOPPED, file=sys.stderr)
        return actions.INTERRUPTED


def _collect_seldom() -> None:
    """Garbage in cycles is looked for less often: what is imported and read here stays, or goes without."""
    import gc

    gc.set_threshold(50_000, 20, 50)


if __name__ == "__main__":
    sys.exit(main())

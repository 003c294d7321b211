"""From argv to one command to an exit code; commands are one a file, in commands/.

Work that two commands share belongs in `orchestration`. Read main.py first."""

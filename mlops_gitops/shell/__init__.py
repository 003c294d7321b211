"""The parts of the shell that commands share."""

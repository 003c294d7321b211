"""Commands: one file each; read, decide with a verb, write."""

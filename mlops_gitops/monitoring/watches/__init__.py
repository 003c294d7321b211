"""The kinds of watch, one a file: what each compares in a window. The file's name is its key in monitoring.yaml."""

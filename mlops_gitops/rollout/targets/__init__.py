"""The kinds of target, one a file, found by file name; a kind's file name is its key in a target."""

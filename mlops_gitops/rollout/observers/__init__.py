"""The formats of reports, one observer a file, found by file name; an observer's file name is its key in `observe:`."""

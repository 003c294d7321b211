"""Records: what the files say, typed and frozen. One module a kind."""

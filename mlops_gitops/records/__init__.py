"""What each kind of file says, typed and frozen: one module a kind, its schema in `schemas/`.

Whether it may say so is for `policy` to judge. Read project.py and release.py first."""

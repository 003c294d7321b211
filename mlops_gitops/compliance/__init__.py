"""The requirements of packs, looked at: packs/ one regulation a file, checks/ one check a file, and what follows.

Bytes and numbers come in as arguments; what a promotion is refused for is decided in findings.py. Read subject.py and
assess.py first."""

"""Programs that run user code: with a limit of time, and no longer than the process that started them.

What a program is to know or to do does not belong here. Read limited.py first.
"""

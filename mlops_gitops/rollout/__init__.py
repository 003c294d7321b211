"""How a release reaches what runs it: the files that a promotion sets, and the rosters of devices.

It renders and compares; nothing here talks to a cluster or a device. Read target_kind.py first, then rendering.py.
"""

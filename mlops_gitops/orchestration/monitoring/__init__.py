"""What the commands of monitoring share: gather what is known of a window at the edges, judge it, write what follows.

Whether a number is fine does not belong here; the room monitoring/ decides it. Read observe.py first.
"""

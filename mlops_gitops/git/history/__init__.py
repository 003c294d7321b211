"""What the commits between two places of a history are, and who wrote them.

How files differ does not belong here; git/tree.py says it.
"""

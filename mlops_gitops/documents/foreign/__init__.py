"""Other people's YAML and JSON, read leniently beside the strict reader, so that one scalar of a file can be replaced.

What a file means belongs to the tool that reads it. Read nodes.py first, then compose.py and edit.py.
"""

"""Pull requests checked, and the one status that each head gets. Begin with status_answers.py.

What a check finds is said by `policy`; how a forge keeps a status belongs to the forge.
"""

"""What a wave asks of its targets, and what was seen of them: observations, on the branch of monitoring records.

Begin with observation.py.
"""

"""The next step of a rollout, proposed and merged where nobody has to approve it.

Begin with propose_step.py.
"""

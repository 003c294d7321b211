"""What an alarm becomes: whether the issue of a watch is open, what it says, and what a chat tool is sent.

Whether a window alarms does not belong here; judge.py decides it. Read issue_state.py first."""

"""What people read on a pull request: its body, figures, flow chart, the status comment.

What is proposed is made in `promotion`. Read pull_text.py first."""

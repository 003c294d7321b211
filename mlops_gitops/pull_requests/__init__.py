"""What people read on a pull request: its body, figures, flow chart, the status comment.

What is proposed is made in `promotion`. Read body.py first."""

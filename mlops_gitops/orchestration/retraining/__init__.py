"""What the commands of retraining share: gather what is known at the edges, decide, run, judge and write.

Whether a model is to be retrained does not belong here; the room retraining/ decides it. Read decide.py first.
"""

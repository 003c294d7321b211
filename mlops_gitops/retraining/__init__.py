"""Whether a model is to be retrained, from what is known of it: triggers, what blocks, one decision with its cause.

What is watched, and how windows are judged, belongs in `monitoring`; running a pipeline in `orchestration`. Read
outcome.py first."""

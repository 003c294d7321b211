"""The forms a metric can have, one a file: what an engine counts for it, and how value and bounds follow from that."""

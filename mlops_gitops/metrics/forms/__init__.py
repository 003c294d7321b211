"""What a metric counts, and how value and bounds follow: proportions, means, confusion matrices, rankings."""

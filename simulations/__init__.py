"""How often the bounds of each interval method are wrong: `make soak` writes docs/explanation/statistics.md."""

"""How often the bounds of each interval method are wrong: what `make soak` writes into docs/statistics.md."""

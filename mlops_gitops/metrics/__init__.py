"""What a metric is, and the forms that say what is counted; one metric a file, in catalog/.

Counting itself belongs in `measurement`, limits in `gates`. Read metric.py first."""

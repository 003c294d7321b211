"""KPI metrics, one a file: sufficient statistics and a finish. A metric measures; it never judges."""

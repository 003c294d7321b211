"""From a report to what a target runs: what is expected of it, the report as a stream, and what observers share.

Begin with observer.py; each observer is a file in observers/.
"""

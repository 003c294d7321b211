"""Decisions and records as people read them: tables of 80 columns, and sentences.

What is decided does not belong here. Read check_table.py first."""

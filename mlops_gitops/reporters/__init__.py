"""Reporters: one output format each."""

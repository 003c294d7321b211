"""What requirements are looked at with, gathered; the findings of a head by the packs that judge it; and exports.

Read requirements.py first.
"""

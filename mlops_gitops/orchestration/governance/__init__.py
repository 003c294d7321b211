"""What requirements are looked at with, gathered, and the findings of a head by the packs that judge it.

Read requirements.py first."""

"""What a report depends on, and what it proves."""

from __future__ import annotations

# The word of who hands it in; a job of the forge, which says who started it; signatures by the devices.
CLAIMED, FORGE, SIGNED = TRUSTS = ("claimed", "forge", "signed")  # the later, the more it weighs
INTENT, BYTES = "intent", "bytes"  # what is to run, such as a URI in a cluster; the digest of what runs


def is_trusted(trust: str, least: str) -> bool:
    """Whether a report counts where the policy asks for at least so much trust."""
    return TRUSTS.index(trust) >= TRUSTS.index(least)

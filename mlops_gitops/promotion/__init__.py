"""Releases, promotions, rollbacks and receipts: which release may enter where, and the change that records it.

Rules use this room and never each other. Read promotion_change.py and order.py first."""

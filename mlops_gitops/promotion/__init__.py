"""Releases, promotions, rollbacks and receipts: who may enter where, and the change that says so.

Rules ask this room and never each other. Read promotion_change.py and order.py first."""

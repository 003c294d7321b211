"""The prose of model cards: their sections, the numbers they claim, the blanks that are left in them.

Front matter belongs in `records`; drafting a card belongs in `onboarding`. Read card_body.py first."""

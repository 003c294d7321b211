"""One tree read as a whole, the history read as a ledger, and what a rule may know of both.

Git itself belongs in `git`. Read snapshot.py and ledger.py first."""

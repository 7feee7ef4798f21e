"""The account: the ledger, folded so that oversight and owners can read it."""

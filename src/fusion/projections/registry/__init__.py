"""The registry, the publishers and the grants, folded from the log."""

"""Floor 4: what is derived from the log: the store, the registry, and the view that readers read."""

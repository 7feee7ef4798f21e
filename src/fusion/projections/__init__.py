"""Floor 4: what is derived from the log: the store, the registry, the view that readers read."""

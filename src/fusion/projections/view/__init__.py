"""The view: the only read there is, bound to one reader at birth."""

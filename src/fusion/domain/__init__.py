"""Nouns and laws: what everybody else speaks of. No input or output, and no other room."""

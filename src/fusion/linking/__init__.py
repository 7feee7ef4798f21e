"""Floor 2: the same thing or not: normalise, propose, compare, resolve."""

"""fusion: what several agencies can see only together."""

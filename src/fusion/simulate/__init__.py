"""Simulated worlds, with truth: what fusion is tried on. Shares nothing with linking or fusing."""

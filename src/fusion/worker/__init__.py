"""Floor 4: the loop that reads the log and lets the step work it in."""

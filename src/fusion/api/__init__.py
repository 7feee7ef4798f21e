"""The doorman: HTTP, who is asking, and problems. It reads through views and decides nothing."""

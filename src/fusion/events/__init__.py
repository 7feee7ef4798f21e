"""What happened: envelopes, their catalog and codec, and the log that keeps them (the port)."""

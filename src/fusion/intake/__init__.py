"""The door in for all that enters: signals, decisions, administration; read, checked, appended."""

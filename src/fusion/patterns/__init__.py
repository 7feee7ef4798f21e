"""What to look for: patterns as files of data, their check, and the weighing of evidence."""

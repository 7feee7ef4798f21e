"""The command line: one file a command. It reads arguments, asks the assembly, says what came."""

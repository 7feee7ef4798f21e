"""Who may know: readers and publishers, their rights, and on which rung they get something.

Pure: it decides over values that it is handed, through the port `directory`, and stores nothing.
"""

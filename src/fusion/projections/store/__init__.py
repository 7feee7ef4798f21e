"""The store: tables, and the engine's reads and writes of them, over all markings."""

"""The versions of the model of linking, as data: weights, bounds and frozen name frequencies."""

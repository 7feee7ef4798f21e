"""The demonstration: a scenario run through the real service, and told on a screen."""

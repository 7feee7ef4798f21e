"""Shipped scenarios: data for the demo and the exercises."""

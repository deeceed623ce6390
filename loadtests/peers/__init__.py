"""Minimal broadcast servers the fan-out benchmark compares with, each the way its own manual shows."""

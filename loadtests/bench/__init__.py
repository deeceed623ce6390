"""Benchmarks behind `liveroom bench`.

Each starts its own server on one core, drives it from the other through the real protocol and prints one
JSON object. A run in which the generator was the limit says so and is not a result.
"""

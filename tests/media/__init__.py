"""The media engine: pure parts, a worker, and people who really connect to it."""

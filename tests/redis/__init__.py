"""The engine of several nodes: its parts, and its behaviour when servers fail, on real Valkey processes."""

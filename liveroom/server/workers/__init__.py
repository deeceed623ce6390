"""Several processes on one port: who starts them, watches them, and lets them end (docs/nodes.md)."""

"""Levels and the fan club: what people do is counted, written now and then, and shown as a badge (docs/levels.md)."""

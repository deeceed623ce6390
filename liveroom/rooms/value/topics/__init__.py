"""Topics: how they are kept, and what comes together under them (docs/topics.md)."""

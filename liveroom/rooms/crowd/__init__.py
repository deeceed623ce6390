"""Who is in a room, page by page, on all nodes (docs/audience.md)."""

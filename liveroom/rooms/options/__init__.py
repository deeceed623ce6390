"""What a scene says about interactions: which are on, and their limits (docs/scenes.md)."""

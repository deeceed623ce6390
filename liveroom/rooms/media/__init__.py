"""Audio and video of rooms: commands of people, rights from what the room shows, and what the engine tells."""

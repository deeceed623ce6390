"""Orders of the shop: recorded once, counted for what a person has spent, told to the room as its scene says."""

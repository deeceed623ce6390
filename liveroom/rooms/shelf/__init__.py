"""The shelf of a room: products, what is explained, favourites and looks (docs/shelf.md)."""

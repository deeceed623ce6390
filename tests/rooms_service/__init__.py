"""Rooms as a whole: commands and entries through the real path, without sockets and without waiting."""

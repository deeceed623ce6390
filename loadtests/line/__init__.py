"""The wire as a viewer of the load test sees it: sockets, frames, meanings, positions."""

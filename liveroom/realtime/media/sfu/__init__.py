"""The embedded engine: worker processes that forward packets without decoding them."""

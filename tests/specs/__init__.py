"""What the server says about its own interface is what it does."""

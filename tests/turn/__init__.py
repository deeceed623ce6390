"""What is relayed by a TURN server: `make turn`."""

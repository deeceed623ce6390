"""The deployment under test: its address, who may enter it, its rooms, and what it says about itself."""

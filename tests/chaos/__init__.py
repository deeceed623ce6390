"""Nodes under load while parts of them are cut, killed and replaced. `make chaos` runs the long form."""

"""HTTP routes, one module for each resource, under `/api/v1`."""

"""The stage as a service, on both databases."""

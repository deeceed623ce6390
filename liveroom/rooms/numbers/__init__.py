"""Numbers of shows as a service: counted, kept minute by minute, told to those who run them (docs/numbers.md)."""

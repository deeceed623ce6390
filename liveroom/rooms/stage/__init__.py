"""The stage of a room as a service: the rule, kept, timed, and told to those it concerns (docs/stage.md)."""

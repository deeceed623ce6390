"""Polls, one-tap questions and predictions: how they are kept, and the votes on them (docs/polls.md)."""

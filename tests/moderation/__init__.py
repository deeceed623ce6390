"""Tests of what keeps order in a room."""

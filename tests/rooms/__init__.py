"""Tests of the rooms package."""

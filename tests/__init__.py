"""The tests of liveroom."""

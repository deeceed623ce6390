"""The verdict: figures against limits, judged in the order 3, 2, 1. Pure."""

"""Lotteries: how they are kept, the entries, and the draw (docs/lottery.md)."""

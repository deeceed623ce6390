"""How the nodes of one deployment share signals: one contract, several engines."""

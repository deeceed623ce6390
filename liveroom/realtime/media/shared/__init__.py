"""One embedded engine for several processes of one machine: it runs in a process of its own, and the others ask it."""

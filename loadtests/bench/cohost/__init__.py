"""The stage under measurement: how soon people see each other, and what it costs to forward them."""

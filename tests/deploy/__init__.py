"""The files that a deployment is made from say what the server does."""

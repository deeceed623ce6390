"""The engine for several nodes: a LiveKit server carries audio and video, and rights are given to it by its API."""

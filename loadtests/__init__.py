"""Load generators and the small servers they compare with.

A black box: nothing here imports the server, everything speaks the wire.
"""

"""Programs that look inside: they run the product's own parts in a process of their own, without sockets.

The only part of loadtests that may import the product; everything else speaks the wire. They are started by the
benchmarks as processes and print one JSON object.
"""

"""What a run intends to do: profiles, shapes and the due time of everything that will be sent.

Pure: no clock, no sockets, no Locust. The same profile and seed give the same plan.
"""

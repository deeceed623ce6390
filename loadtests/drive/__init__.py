"""Behind `liveroom loadtest`: starts servers and Locust, calibrates, climbs.

No gevent here: it changes the standard library of its process, so Locust has one of its own.
"""

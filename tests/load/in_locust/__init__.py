"""Tests of what runs inside Locust, gevent with it: `test_in_locust.py` runs them in processes of their own."""

"""The parts that run inside Locust: the conductor on the master, the desk in every worker, their messages."""

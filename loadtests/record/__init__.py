"""What happened in a run: counted exactly in every worker, added up on the master.

Pure: values come in with their times; nothing here asks a clock or knows of sockets.
"""

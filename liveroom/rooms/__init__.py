"""What happens in a live room: its messages, its rules and the service that applies them.

May import `liveroom.realtime` and nothing above itself.
"""

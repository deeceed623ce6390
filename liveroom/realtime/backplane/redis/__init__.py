"""The backplane of several nodes on Redis (7 or newer) or Valkey; see docs/nodes.md."""

from liveroom.realtime.backplane.redis.backplane import RedisBackplane
from liveroom.realtime.backplane.redis.location import read_location

__all__ = ["RedisBackplane", "read_location"]

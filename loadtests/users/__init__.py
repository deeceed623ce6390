"""Who comes to a show under load: one class of user in each file.

A user class for another interaction: a file here, its kind in `plan/kinds.py`, its class in `plan/crowd.py`, its
numbers in `slo.toml` (docs/loadtesting.md).
"""

from loadtests.users.asker import Asker
from loadtests.users.chatter import Chatter
from loadtests.users.host import Host
from loadtests.users.liker import Liker
from loadtests.users.lurker import Lurker
from loadtests.users.newcomer import Newcomer
from loadtests.users.returner import Returner

USER_CLASSES = (Host, Lurker, Chatter, Asker, Liker, Newcomer, Returner)

__all__ = ["USER_CLASSES", "Asker", "Chatter", "Host", "Liker", "Lurker", "Newcomer", "Returner"]

"""Who comes to a show under load: one class of user in each file.

A user class for another interaction: a file here, its kind in `plan/kinds.py`, its class in `plan/crowd.py`, its
numbers in `slo.toml` (docs/loadtesting.md).
"""

from loadtests.users.applicant import Applicant
from loadtests.users.asker import Asker
from loadtests.users.chatter import Chatter
from loadtests.users.claimer import Claimer
from loadtests.users.gifter import Gifter
from loadtests.users.host import Host
from loadtests.users.liker import Liker
from loadtests.users.lurker import Lurker
from loadtests.users.newcomer import Newcomer
from loadtests.users.returner import Returner
from loadtests.users.voter import Voter

USER_CLASSES = (Host, Lurker, Chatter, Asker, Liker, Gifter, Claimer, Voter, Applicant, Newcomer, Returner)

__all__ = [
    "USER_CLASSES",
    "Applicant",
    "Asker",
    "Chatter",
    "Claimer",
    "Gifter",
    "Host",
    "Liker",
    "Lurker",
    "Newcomer",
    "Returner",
    "Voter",
]

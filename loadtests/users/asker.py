"""Those who ask the host something: a comment that is a question, which no flood may hide."""

from __future__ import annotations

from loadtests.users.chatter import Chatter


class Asker(Chatter):
    """Writes comments that end with a question mark."""

    kind = "question"

"""How many users of which class a profile has, and in which room each of them sits.

Rooms are filled evenly: user n of a class sits in room n modulo rooms. Every room has one host.
"""

from __future__ import annotations

from loadtests.plan.profiles import Profile

ACTORS = {
    "Chatter": "comment",
    "Asker": "question",
    "Liker": "like",
    "Gifter": "gift",
    "Claimer": "claim",
    "Voter": "vote",
    "Applicant": "seat",
    "Newcomer": "arrival",
    "Returner": "return",
}
"""User classes by name, and what of the profile they act out."""


def count_users(profile: Profile) -> dict[str, int]:
    """Users of every class that has any."""
    counts = {"Host": profile.rooms, "Lurker": profile.lurkers}
    for name, act in ACTORS.items():
        if act in profile.acts:
            counts[name] = profile.acts[act].users
    return {name: count for name, count in counts.items() if count}


def count_standing(profile: Profile) -> int:
    """Users who hold a socket from the beginning to the end."""
    return sum(count for name, count in count_users(profile).items() if name != "Newcomer")


def pick_room(number: int, rooms: int) -> int:
    """The room of user `number`."""
    return number % rooms

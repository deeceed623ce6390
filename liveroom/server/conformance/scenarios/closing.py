"""Close codes and backoff."""

from __future__ import annotations

from liveroom.server.conformance.registry import scenario
from liveroom.server.conformance.stage import Stage, check, recovery

QUIET_S = 2.0
TIMER_SLACK_S = 0.05
NETWORK_SLACK_S = 2.5
"""For a busy machine: upper bounds are judged kindly, lower ones exactly."""


@scenario("stop-4401", "4400-4499: the client does not reconnect by itself (4401 after connect)")
async def stop_invalid_token(stage: Stage) -> None:
    """Refuses the token."""
    peer = await stage.start()
    await peer.expect("connect")
    await peer.close(4401, "invalid token")
    await _stays_away(stage, 4401)


@scenario("stop-4403", "4400-4499: the client does not reconnect by itself (4403 in the middle)")
async def stop_banned(stage: Stage) -> None:
    """Throws the client out."""
    peer = await stage.enter()
    await peer.close(4403, "banned")
    await _stays_away(stage, 4403)


@scenario("stop-4499", "the range decides: a code from 4400-4499 that the client does not know stops it as well")
async def stop_unknown(stage: Stage) -> None:
    """A code from a newer server."""
    peer = await stage.enter()
    await peer.close(4499)
    await _stays_away(stage, 4499)


@scenario("stop-1008", "1002, 1003, 1007, 1008, 1009: the client has a fault and does not reconnect")
async def stop_policy(stage: Stage) -> None:
    """A standard code that means a fault of the client."""
    peer = await stage.enter()
    await peer.close(1008)
    await _stays_away(stage, 1008)


@scenario(
    "stop-hidden-code", "the disconnect frame counts when the close code is hidden: reconnect: false stops the client"
)
async def stop_hidden_code(stage: Stage) -> None:
    """Sends the frame and cuts without a close."""
    peer = await stage.enter()
    await peer.send({"type": "disconnect", "code": 4409, "reason": "replaced", "reconnect": False})
    await peer.cut()
    await _stays_away(stage, 4409)


async def _stays_away(stage: Stage, code: int) -> None:
    await stage.sees("status", status="closed")
    await stage.port.stay_quiet(QUIET_S, f"after {code} it must not come back by itself")


@scenario("return-4000", "4000-4099: the client reconnects with jitter, at most 0.5 s at first, and resumes")
async def return_draining(stage: Stage) -> None:
    """Closes as a node does that is stopping."""
    await _comes_back(stage, 4000)


@scenario(
    "return-4099", "the range decides: a code from 4000-4099 that the client does not know brings it back as well"
)
async def return_unknown(stage: Stage) -> None:
    """A code from a newer server."""
    await _comes_back(stage, 4099)


@scenario("return-1012", "1006, 1011, 1012, 1013: the client reconnects with a backoff")
async def return_restart(stage: Stage) -> None:
    """A standard code that means a passing fault of the server."""
    await _comes_back(stage, 1012)


async def _comes_back(stage: Stage, code: int) -> None:
    peer = await stage.enter()
    closed_s = stage.now_s()
    await peer.close(code)
    peer = await stage.return_(f"the client did not reconnect after {code}")
    waited_s = peer.opened_at_s - closed_s
    check(waited_s < 0.5 + NETWORK_SLACK_S, f"the client waited {waited_s:.1f} s; at most 0.5 s are due at first")
    connect = await stage.welcome(peer, {"demo": recovery(10)})
    check(connect.get("rooms") == {"demo": {"epoch": "e1", "seq": 10}}, "the client did not resume at its position")


@scenario("retry-after", "retry_after_ms of the disconnect frame is a lower bound for the next attempt")
async def retry_after(stage: Stage) -> None:
    """Asks for a second and a half."""
    peer = await stage.enter()
    asked = {"code": 4102, "reason": "overloaded", "reconnect": True, "retry_after_ms": 1_500}
    await peer.send({"type": "disconnect", **asked})
    closed_s = stage.now_s()
    await peer.close(4102)
    peer = await stage.port.accept(1.5 + 8, "the client did not reconnect after 4102")
    waited_s = peer.opened_at_s - closed_s
    check(waited_s >= 1.5 - TIMER_SLACK_S, f"the client came back after {waited_s:.2f} s; it was asked to wait 1.5 s")


@scenario("backoff", "attempt n waits a random time between 0 and 0.5 s * 2^n", slow=True)
async def backoff(stage: Stage) -> None:
    """Four refusals in a row. Waits that are all near zero are no backoff: by chance they come once in 50,000 runs."""
    peer = await stage.start()
    waits: list[float] = []
    for attempt in range(4):
        await peer.expect("connect")
        closed_s = stage.now_s()
        await peer.close(1011)
        most_s = 0.5 * 2**attempt
        peer = await stage.port.accept(most_s + NETWORK_SLACK_S, f"attempt {attempt} waited more than {most_s:g} s")
        waits.append(peer.opened_at_s - closed_s)
    check(sum(waits) > 0.2, f"the client came back after {', '.join(f'{wait:.2f}' for wait in waits)} s: no backoff")


@scenario("refused-503", "an upgrade that is answered with 503 is tried again")
async def refused(stage: Stage) -> None:
    """Too many arrive at once; browsers hide the status and Retry-After, so only the return is judged."""
    stage.port.refusals = 1
    peer = await stage.start()
    check(len(stage.port.attempts) == 2, f"the client made {len(stage.port.attempts)} attempts; 2 are due")
    await stage.welcome(peer)
    await stage.sees("status", status="connected")


@scenario("own-close", "a client that is told to close does so with 1000 or 1001, stays away and ends")
async def own_close(stage: Stage) -> None:
    """Lets the program close."""
    peer = await stage.enter()
    await stage.tell("close")
    code = await peer.wait_closed()
    check(code in (1000, 1001), f"the client closed with {code}; 1000 is due")
    await stage.port.stay_quiet(1.0, "it had been told to close")
    check(await stage.subject.wait_exit(5) == 0, "the adapter did not exit with 0 after close")

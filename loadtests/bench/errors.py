"""What can go wrong in a benchmark before there is a result.

Every error names the fact and what to do; the command line prints the message and exits with 1.
"""

from __future__ import annotations


class BenchError(Exception):
    """Base of everything a benchmark gives up on."""

    code = "bench_failed"
    retryable = False


class ProtocolFault(BenchError):
    """The server sent bytes that RFC 6455 or its own protocol does not allow here."""

    code = "protocol_fault"


class ServerFailed(BenchError):
    """The server under test ended or did not become ready in time."""

    code = "server_failed"


class JoinRefused(BenchError):
    """The server refused a connection, a token or a room."""

    code = "join_refused"


class PeerAbsent(BenchError):
    """A peer cannot run on this machine; reported, never a failure of the run."""

    code = "peer_absent"


class UnsupportedMachine(BenchError):
    """The generator needs Linux (epoll, CPU affinity)."""

    code = "unsupported_machine"

"""The names of aiortc and aioice that they do not promise are still there, and mean what the adapter believes.

When this fails after an upgrade, look at `ice_port.py` and `transport.py`, which alone use them.
"""

from __future__ import annotations

import asyncio
import inspect
from importlib.metadata import version

import aioice
import pytest
from aioice import ice as aioice_ice
from aiortc import RTCCertificate, RTCDtlsTransport, RTCIceGatherer, RTCIceTransport
from aiortc import rtcdtlstransport as dtls

KNOWN = {"aiortc": "1.16", "aioice": "0.13", "pylibsrtp": "1.0"}


@pytest.mark.parametrize(("package", "series"), KNOWN.items())
def test_the_libraries_are_those_that_the_adapter_knows(package: str, series: str) -> None:
    assert version(package).startswith(f"{series}."), "read what changed, run the media tests, then raise the pin"


async def test_ice_keeps_what_is_used() -> None:
    gatherer = RTCIceGatherer(iceServers=[])
    connection = gatherer._connection
    assert isinstance(connection, aioice.Connection)
    for name in (
        "_protocols", "_local_candidates", "_local_candidates_start", "_local_candidates_end", "_nominated",
        "_remote_candidates", "_queue",
    ):  # fmt: skip
        assert hasattr(connection, name), name
    for name in ("request_received", "check_complete", "data_received", "build_request"):
        assert callable(getattr(connection, name)), name
    transport = RTCIceTransport(gatherer)
    assert transport._connection is connection
    assert inspect.iscoroutinefunction(transport._recv)
    assert inspect.iscoroutinefunction(transport._send)
    assert list(inspect.signature(aioice_ice.StunProtocol.datagram_received).parameters) == ["self", "data", "addr"]
    assert aioice_ice.CandidatePair.State.SUCCEEDED


async def test_dtls_keeps_what_is_used() -> None:
    transport = RTCDtlsTransport(RTCIceTransport(RTCIceGatherer(iceServers=[])), [RTCCertificate.generateCertificate()])
    assert (transport._rx_srtp, transport._tx_srtp) == (None, None)
    assert transport.state == "new"
    transport._set_role("client")
    assert transport._role == "client"
    source = inspect.getsource(dtls.RTCDtlsTransport._recv_next)
    assert "self.transport._recv()" in source
    assert "self._ssl.recv(1500)" in source, "one record of a datagram; the rest is read here"
    assert "self.transport._send(" in inspect.getsource(dtls.RTCDtlsTransport._write_ssl)
    validated, keyed = (inspect.getsource(dtls.RTCDtlsTransport.start).index(f"self.{name}(") for name in (
        "_validate_peer_identity", "_setup_srtp",
    ))  # fmt: skip
    assert validated < keyed, "keys are made for the owner of the fingerprint alone"


async def test_replays_are_refused_by_the_session_that_is_made() -> None:
    source = inspect.getsource(dtls.RTCDtlsTransport._setup_srtp)
    assert "rx_policy.window_size" in source
    await asyncio.sleep(0)

"""Is this client a liveroom client? A scripted server and a judge, for the author of any client in any language.

Promise: black box; every scenario is one rule of docs/protocol.md, and a failure says what the client did, what the
rule is and what was seen on the way. How to write an adapter: docs/conformance.md.
"""

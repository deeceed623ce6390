"""The rules of a room: pure functions `apply(state, command, now_ms) -> (state, events)`, or a `Refusal`.

Promise: no I/O, no clock, no randomness, no asyncio, no SQL; time and ids come in as arguments, so that the same
calls give the same answers in a test, on any node and after a restart. States are immutable.
"""

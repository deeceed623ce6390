"""Words of a room and of the server: looked for in comments and names, on all nodes, from the next comment on."""

from __future__ import annotations

from pathlib import Path

import pytest

from liveroom.realtime.identity import Role
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.words import ROOM_WORDS
from liveroom.rooms.moderation.words import Action
from liveroom.rooms.rules import word_list
from liveroom.rooms.rules.word_list import Add, Remove, WordList
from liveroom.server.errors import ConfigurationRefused
from liveroom.server.moderation import require_words
from liveroom.server.settings import load_settings
from tests.moderation.theatre import Stage, playing


def test_the_list_takes_and_drops_words_and_has_an_end() -> None:
    state = word_list.apply(WordList("r"), Add(("a1", "b2"), Action.MASK))
    assert (state.version, dict(state.words)) == (1, {"a1": Action.MASK, "b2": Action.MASK})
    assert word_list.apply(state, Add(("a1",), Action.MASK)) is state
    assert word_list.apply(state, Remove(("none",))) is state
    state = word_list.apply(state, Add(("a1",), Action.BLOCK))
    assert dict(word_list.apply(state, Remove(("b2",))).words) == {"a1": Action.BLOCK}
    with pytest.raises(Refusal, match="letter or a digit"):
        word_list.apply(state, Add(("👍",), Action.BLOCK))
    with pytest.raises(Refusal, match="at most 5000"):
        word_list.apply(state, Add(tuple(str(number) for number in range(ROOM_WORDS + 1)), Action.BLOCK))


async def test_each_action_does_what_it_says(stage: Stage) -> None:
    ann, host = await stage.enter("ann"), await stage.enter("h", Role.HOST)
    await stage.call("POST", "/words", {"words": ["damn"], "action": "mask"})
    await stage.call("POST", "/words", {"words": ["竞品"], "action": "block"})
    assert await stage.call("POST", "/words", {"words": ["gold"], "action": "shadow"}) == {"words": 3}
    assert (await stage.say(ann, "D A M N good"))["type"] == "ack"
    refused = (await stage.say(ann, "看竞-品吧"))["error"]
    assert (refused["code"], refused["reason"], refused["field"]) == ("text_refused", "words", "text")
    assert (await stage.say(ann, "buy gold"))["type"] == "ack"
    assert [event["data"]["text"] for event in host.events("comment.sent")] == ["* * * * good"]
    assert [echo["text"] for echo in ann.private("comment.sent")] == ["buy gold"]
    assert (await stage.say(host, "竞品 gold"))["type"] == "ack", "staff may say everything"
    assert await stage.call("GET", "/words") == {"words": {"damn": "mask", "竞品": "block", "gold": "shadow"}}
    await stage.call("POST", "/words/remove", {"words": ["竞品", "none"]})
    assert (await stage.say(ann, "看竞品吧"))["type"] == "ack"
    acts = [(each["act"], each["facts"]) for each in (await stage.call("GET", "/audit"))["entries"]]
    assert acts[0] == ("words.remove", {"words": ["竞品", "none"]})
    assert acts[1] == ("words.add", {"words": ["gold"], "action": "shadow"})


async def test_links_and_contacts_are_refused_until_the_room_lets_them_through(stage: Stage) -> None:
    ann = await stage.enter("ann")
    refused = (await stage.say(ann, "call 13800138000"))["error"]
    assert (refused["code"], refused["reason"]) == ("text_refused", "contact")
    await stage.call("PATCH", "/talk", {"contacts": "show"})
    assert (await stage.say(ann, "call 13800138000"))["type"] == "ack"


async def test_names_pass_the_same_filter(stage: Stage) -> None:
    await stage.call("POST", "/words", {"words": ["badword"], "action": "hold"})
    bob = await stage.enter("bob", name="The Badword")
    carl = await stage.enter("carl", name="vx abc123")
    await stage.say(bob, "hi")
    await stage.say(carl, "hi there")
    assert [comment["by"]["name"] for comment in await stage.history()] == ["The *******", "***"]


async def test_the_line_of_an_application_passes_the_same_filter(stage: Stage) -> None:
    talk = (await stage.node.rooms.room("evening")).talk
    for action in ("mask", "hold", "block"):
        await stage.call("POST", "/words", {"words": ["damn"], "action": action})
        if action == "mask":
            assert talk.line("damn good", Role.VIEWER) == "**** good"
            continue
        with pytest.raises(Refusal) as refused:
            talk.line("damn good", Role.VIEWER)
        assert (refused.value.code, refused.value.facts) == ("text_refused", {"field": "line", "reason": "words"})
        assert talk.line("damn good", Role.HOST) == "damn good"
    ann = await stage.enter("ann")
    refusal = (await stage.ask(ann, "stage.apply", {"kind": "audio", "line": "damn"}, key="k"))["error"]
    assert refusal["code"] == "text_refused"


async def test_the_words_of_the_server_hold_in_every_room_and_over_those_of_the_room(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("fuck\n[mask]\ndamn\n", encoding="utf-8")
    async with playing(tmp_path / "data", words_file=path) as stage:
        ann = await stage.enter("ann")
        assert (await stage.say(ann, "f u c k"))["error"]["code"] == "text_refused"
        await stage.call("POST", "/words", {"words": ["fuck"], "action": "mask"})
        assert (await stage.say(ann, "fuck"))["error"]["code"] == "text_refused"
        assert (await stage.say(ann, "damn"))["type"] == "ack"
        assert [comment["text"] for comment in await stage.history()] == ["****"]


async def test_words_outlive_the_process(tmp_path: Path) -> None:
    async with playing(tmp_path) as stage:
        await stage.call("POST", "/words", {"words": ["竞品"]})
    async with playing(tmp_path, again=True) as stage:
        assert (await stage.say(await stage.enter("ann"), "竞品"))["error"]["code"] == "text_refused"


def test_a_faulty_file_keeps_the_server_from_starting_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("ok\n[stop]\n", encoding="utf-8")
    with pytest.raises(ConfigurationRefused, match=r"LIVEROOM_WORDS_FILE: the word list words\.txt, line 2"):
        require_words(load_settings(words_file=path))
    require_words(load_settings())

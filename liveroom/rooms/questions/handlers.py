"""Handlers of the staff's commands about questions, for the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, cast

from liveroom.realtime.catalogue import Model, catalogue
from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.desk import DeskHandler
from liveroom.rooms.errors import Refusal
from liveroom.rooms.machines import Keeper
from liveroom.rooms.messages import question as messages
from liveroom.rooms.messages.question import Answerer, OfQuestion, QuestionAck
from liveroom.rooms.questions.machine import QUESTION
from liveroom.rooms.questions.memory import QuestionMemory
from liveroom.rooms.requests import Request
from liveroom.rooms.room import Room
from liveroom.rooms.rules import question as orders
from liveroom.rooms.rules.question_state import view
from liveroom.rooms.rules.text import normalise, shorten
from liveroom.rooms.storage.documents import Cause

_ORDERS: Mapping[type[Model], Callable[[Any, Answerer], orders.Command]] = {
    messages.TakeQuestion: lambda _, by: orders.Take(by),
    messages.PutBackQuestion: lambda _, __: orders.PutBack(),
    messages.AnswerQuestion: lambda asked, by: orders.Answer(
        by, shorten(normalise(asked.answer), messages.ANSWER_CHARS)
    ),
    messages.HandOverQuestion: lambda asked, by: orders.HandOver(by, asked.to),
    messages.DismissQuestion: lambda _, by: orders.Dismiss(by),
}


class QuestionHandlers:
    """See the module."""

    def __init__(self, memory: QuestionMemory, keeper: Keeper) -> None:
        self._memory = memory
        self._keeper = keeper

    def by_command(self) -> Mapping[str, DeskHandler]:
        """The handlers by command type."""
        types = {declared.model: name for name, declared in catalogue.commands.items()}
        return {types[model]: self.handle for model in _ORDERS}

    async def handle(self, room: Room, request: Request, now_ms: int) -> Model:
        """Any command about a question; also after the show, for those who follow up."""
        wanted = cast(OfQuestion, request.data).question
        known = self._memory.find(room.id, wanted)
        if known is None:
            known = await self._keeper.load(QUESTION, wanted)
        if known is None or known.room != room.id:
            raise Refusal(ErrorCode.NOT_FOUND, "there is no question of this id in this room", field="question")
        by = Answerer(user=room.traits_of(request.identity).person(), role=request.role)
        command = _ORDERS[type(request.data)](request.data, by)
        cause = Cause(request.identity.user_id, request.declared.name)
        state = await self._keeper.carry_out(QUESTION, wanted, command, cause)
        return QuestionAck(question=view(state))

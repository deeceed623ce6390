"""A product's life as a table: on the shelf, off it, removed; and what of a change viewers are told (L26).

Promise: `TABLE` is the whole machine. A change that viewers cannot see (the thousandth piece sold, a fact corrected) is
kept and told to nobody; what they can see is told with the whole view, and its version grows only then.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from liveroom.realtime.codes import ErrorCode
from liveroom.rooms.errors import Refusal
from liveroom.rooms.messages.shelf import (
    FACT_CHARS,
    NAME_CHARS,
    TITLE_CHARS,
    WORD_CHARS,
    ProductChange,
    ProductChanged,
    ProductContent,
    ProductFact,
    ProductStatus,
    ProductView,
    Variant,
    VariantChange,
)
from liveroom.rooms.rules.lines import fit_line
from liveroom.rooms.rules.product_state import (
    OFF,
    ON,
    REMOVED,
    Command,
    Edit,
    Hide,
    ProductState,
    Put,
    Remove,
    Show,
)
from liveroom.rooms.rules.text import normalise, shorten

TABLE: dict[tuple[ProductStatus, type[Command]], ProductStatus] = {
    (ON, Put): ON,
    (OFF, Put): OFF,
    (REMOVED, Put): ON,
    (ON, Edit): ON,
    (OFF, Edit): OFF,
    (ON, Show): ON,
    (OFF, Show): ON,
    (ON, Hide): OFF,
    (OFF, Hide): OFF,
    (ON, Remove): REMOVED,
    (OFF, Remove): REMOVED,
    (REMOVED, Remove): REMOVED,
}
NAMES: dict[type[Command], str] = {
    Put: "product.put",
    Edit: "product.edit",
    Show: "product.show",
    Hide: "product.hide",
    Remove: "product.remove",
}
Step = tuple[ProductState, ProductChanged | None]


def apply(state: ProductState | None, command: Command, now_ms: int) -> Step:
    """Apply one command; the same object and None when it changes nothing.

    Raises:
        Refusal: `not_found`, there is no such product or variant; `wrong_state`; `invalid_field`.
    """
    if state is None:
        if not isinstance(command, Put):
            raise Refusal(ErrorCode.NOT_FOUND, "there is no product of this id on the shelf", field="product")
        made = ProductState(
            command.product, command.room, ON, _clean(command.content), command.currency, command.low_at
        )
        return made, ProductChanged(change=ProductChange.SHOWN, product=made.view())
    status = TABLE.get((state.status, type(command)))
    if status is None:
        raise _refuse(state.status, type(command))
    after = replace(state, status=status)
    if isinstance(command, Put):
        after = replace(after, content=_clean(command.content), currency=command.currency, low_at=command.low_at)
    elif isinstance(command, Edit):
        after = replace(after, content=_edit(state.content, command))
    if after == state:
        return state, None
    return _tell(state, replace(after, edits=state.edits + 1))


def _tell(before: ProductState, after: ProductState) -> Step:
    was, now = before.view(), after.view()
    if was == now or (before.status is not ON and after.status is not ON):
        # Off the shelf nobody is told; who shows it again tells all of it.
        return after, None
    after = replace(after, version=before.version + 1)
    return after, ProductChanged(change=_name_change(was, now), product=after.view())


def _name_change(was: ProductView, now: ProductView) -> ProductChange:
    if was.status is not now.status:
        named = {ON: ProductChange.SHOWN, OFF: ProductChange.HIDDEN, REMOVED: ProductChange.REMOVED}
        return named[now.status]
    if [variant.id for variant in was.variants] == [variant.id for variant in now.variants]:
        pairs = list(zip(was.variants, now.variants, strict=True))
        if any((old.price, old.was) != (new.price, new.was) for old, new in pairs):
            return ProductChange.PRICE
        if any((old.stock, old.left) != (new.stock, new.left) for old, new in pairs):
            return ProductChange.STOCK
    return ProductChange.EDITED


def _edit(content: ProductContent, command: Edit) -> ProductContent:
    given: dict[str, Any] = {
        "title": command.title,
        "picture": command.picture,
        "link": command.link,
        "position": command.position,
        "facts": command.facts,
    }
    changed = {name: new for name, new in given.items() if new is not None}
    if command.variants:
        changed["variants"] = _edit_variants(content.variants, command.variants)
    return _clean(content.model_copy(update=changed))


def _edit_variants(variants: tuple[Variant, ...], changes: Iterable[VariantChange]) -> tuple[Variant, ...]:
    by_id = {variant.id: variant for variant in variants}
    for change in changes:
        known = by_id.get(change.id)
        if known is None:
            text = f"the product has no variant {change.id}"
            raise Refusal(ErrorCode.NOT_FOUND, text, field="variants")
        new = {name: value for name, value in dict(change).items() if value is not None}
        if new.get("was") == 0:
            new["was"] = None
        by_id[change.id] = known.model_copy(update=new)
    return tuple(by_id.values())


def _clean(content: ProductContent) -> ProductContent:
    """The content with its texts safe to show beside others."""
    _require_unlike([variant.id for variant in content.variants], "variants")
    _require_unlike([fact.topic for fact in content.facts], "facts")
    names = [_line(variant.name, NAME_CHARS, "variants") for variant in content.variants]
    variants = tuple(
        variant.model_copy(update={"name": name}) for variant, name in zip(content.variants, names, strict=True)
    )
    facts = tuple(_clean_fact(fact) for fact in content.facts)
    title = _line(content.title, TITLE_CHARS, "title")
    return content.model_copy(update={"title": title, "variants": variants, "facts": facts})


def _clean_fact(fact: ProductFact) -> ProductFact:
    text = normalise(fact.text)
    if not text:
        raise Refusal(ErrorCode.INVALID_FIELD, "a fact has no visible character", field="facts")
    words = tuple(dict.fromkeys(_line(word, WORD_CHARS, "facts") for word in fact.words))
    return ProductFact(topic=_line(fact.topic, NAME_CHARS, "facts"), text=shorten(text, FACT_CHARS), words=words)


def _line(text: str, chars: int, field: str) -> str:
    clean = fit_line(text, chars)
    if not clean:
        raise Refusal(ErrorCode.INVALID_FIELD, "a name has no visible character", field=field)
    return clean


def _require_unlike(names: list[str], field: str) -> None:
    if len(set(names)) < len(names):
        raise Refusal(ErrorCode.INVALID_FIELD, "two of them have the same name", field=field)


def _refuse(status: ProductStatus, command: type[Command]) -> Refusal:
    possible = ", ".join(NAMES[kind] for at, kind in TABLE if at is status)
    text = f"{NAMES[command]} is not possible for a product that is {status.value}; possible now: {possible}"
    return Refusal(ErrorCode.WRONG_STATE, text, state=status.value, possible=possible)

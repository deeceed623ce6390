"""Values that fit a JSON Schema, for hypothesis: the part of the language that our schemas use.

Promise: a keyword that is not understood fails the test instead of being passed over.
"""

from __future__ import annotations

import re
from typing import Any

from hypothesis import strategies as st

Json = Any
ANNOTATIONS = {"title", "description", "default", "examples", "$schema", "version"}
MOST_ITEMS = 3
MOST_CHARACTERS = 24
TEXT = st.characters(exclude_categories=("Cs",))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(TEXT, max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(TEXT, max_size=8), inner, max_size=3),
    max_leaves=6,
)
"""Any JSON value."""


def resolve(schema: Json, root: Json) -> Json:
    """Follow a `$ref` inside `root`; what stands beside it stays."""
    if "$ref" not in schema:
        return schema
    found = root
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part.replace("~1", "/").replace("~0", "~")]
    return resolve(found, root)


def values_of(schema: Json, root: Json) -> st.SearchStrategy[Json]:
    """Values that fit `schema`, whose references point into `root`."""
    schema = {name: value for name, value in resolve(schema, root).items() if name not in ANNOTATIONS}
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return st.one_of([values_of(each, root) for each in schema[choice]])
    kind = schema.pop("type", None)
    if kind is None:
        assert not schema, f"not understood: {schema}"
        return ANYTHING
    return {"object": _objects, "array": _arrays, "string": _strings}.get(kind, _scalars)(kind, schema, root)


def _objects(_: str, schema: Json, root: Json) -> st.SearchStrategy[Json]:
    known = {"properties", "required", "additionalProperties", "patternProperties", "maxProperties"}
    assert schema.keys() <= known, f"not understood: {schema.keys() - known}"
    required = set(schema.get("required", ()))
    fields = {name: values_of(value, root) for name, value in schema.get("properties", {}).items()}
    named = st.fixed_dictionaries(
        {name: value for name, value in fields.items() if name in required},
        optional={name: value for name, value in fields.items() if name not in required},
    )
    for pattern, value in schema.get("patternProperties", {}).items():
        return st.dictionaries(_matching(pattern), values_of(value, root), max_size=MOST_ITEMS)
    return named


def _arrays(_: str, schema: Json, root: Json) -> st.SearchStrategy[Json]:
    least, most = schema.pop("minItems", 0), schema.pop("maxItems", MOST_ITEMS)
    items = values_of(schema.pop("items", {}), root)
    assert not schema, f"not understood: {schema}"
    return st.lists(items, min_size=least, max_size=max(least, min(most, MOST_ITEMS)))


def _strings(_: str, schema: Json, root: Json) -> st.SearchStrategy[Json]:
    least, most = schema.pop("minLength", 0), schema.pop("maxLength", None)
    pattern = schema.pop("pattern", None)
    assert not schema, f"not understood: {schema}"
    if pattern is not None:
        return _matching(pattern).filter(lambda text: least <= len(text) and (most is None or len(text) <= most))
    most = MOST_CHARACTERS if most is None else min(most, MOST_CHARACTERS)
    return st.text(TEXT, min_size=least, max_size=max(least, most))


def _matching(pattern: str) -> st.SearchStrategy[str]:
    # A `$` of Python also matches before a last line feed, that of JSON Schema (ECMA 262) does not.
    strict = re.sub(r"\$$", r"\\Z", pattern)
    return st.from_regex(strict, alphabet=TEXT)


def _scalars(kind: str, schema: Json, root: Json) -> st.SearchStrategy[Json]:
    low, high = schema.pop("minimum", None), schema.pop("maximum", None)
    if kind == "integer" and "exclusiveMaximum" in schema:
        high = schema.pop("exclusiveMaximum") - 1
    assert not schema, f"not understood: {schema}"
    return {
        "integer": st.integers(low, high),
        "number": st.integers(low, high) | st.floats(low, high, allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
        "null": st.none(),
    }[kind]

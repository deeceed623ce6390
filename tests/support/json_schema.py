"""Validators of JSON Schema for documents whose `oneOf` tells frames apart by their `type`.

Promise: they say what `Draft202012Validator` says; they only pass over branches that demand another `type`, which can
never fit. With a hundred kinds of frames that is nearly all the work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend

from tests.support.json_values import Json, resolve

Keyword = Callable[[Any, Any, Json, Json], Iterator[ValidationError]]


def validator_of(schema: Json, root: Json) -> Validator:
    """Checks against `schema`, whose references point into `root`."""
    all_branches: Keyword = Draft202012Validator.VALIDATORS["oneOf"]
    types: dict[int, Any] = {}

    def demanded_type(branch: Json) -> Any:
        known = types.get(id(branch))
        if known is None:
            found = resolve(branch, root)
            constant = found.get("properties", {}).get("type", {}).get("const")
            known = types[id(branch)] = constant if "type" in found.get("required", ()) else None
        return known

    def one_of(validator: Any, branches: Json, instance: Json, whole: Json) -> Iterator[ValidationError]:
        if isinstance(instance, dict) and "type" in instance:
            fitting = [each for each in branches if demanded_type(each) in (None, instance["type"])]
            branches = fitting or branches
        yield from all_branches(validator, branches, instance, whole)

    made = extend(Draft202012Validator, {"oneOf": one_of})({**root, **schema})
    return cast("Validator", made)

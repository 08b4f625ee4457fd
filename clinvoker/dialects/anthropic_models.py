"""
The model objects of Anthropic's API, and the pages of their list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from clinvoker.errors import BadRequest
from clinvoker.model import Model

FEWEST, MOST, USUAL = 1, 1000, 20  # in a page

# What Anthropic's own list says where the day of a release is not known.
_UNKNOWN_DAY = "1970-01-01T00:00:00Z"


class ModelInfo(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="model"):
    id: str
    display_name: str
    created_at: str = _UNKNOWN_DAY
    lifecycle: str = "active"


class ModelPage(msgspec.Struct, frozen=True, kw_only=True):
    data: Sequence[ModelInfo]
    has_more: bool
    first_id: str | None
    last_id: str | None


class ModelQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: the one right after or right before a model, else the first."""

    limit: Annotated[int, Meta(ge=FEWEST, le=MOST)] = USUAL
    after_id: str = ""
    before_id: str = ""


def read_query(query: Mapping[str, str]) -> ModelQuery:
    """The page that a query asks for.  Raises `BadRequest` with the parameter's name."""
    try:
        wanted = msgspec.convert(query, ModelQuery, strict=False)
    except msgspec.ValidationError:
        raise BadRequest(f"Invalid value for 'limit': it is {FEWEST} to {MOST}.", "limit") from None
    if wanted.after_id and wanted.before_id:
        raise BadRequest("'after_id' and 'before_id' exclude each other.", "before_id")
    return wanted


def model_body(model: Model) -> bytes:
    """The body that describes one model."""
    return msgspec.json.encode(_info(model))


def models_body(models: Sequence[Model], wanted: ModelQuery) -> bytes:
    """The body of a page of the list.  Raises `BadRequest` if there is no model of the name in `wanted`."""
    names = [model.name for model in models]
    start, end = 0, len(models)
    if wanted.before_id:
        end = _place(names, wanted.before_id, "before_id")
        start = max(0, end - wanted.limit)
        more = start > 0
    else:
        start = _place(names, wanted.after_id, "after_id") + 1 if wanted.after_id else 0
        end = min(len(models), start + wanted.limit)
        more = end < len(models)
    shown = [_info(model) for model in models[start:end]]
    first, last = (shown[0].id, shown[-1].id) if shown else (None, None)
    return msgspec.json.encode(ModelPage(data=shown, has_more=more, first_id=first, last_id=last))


def _place(names: Sequence[str], name: str, parameter: str) -> int:
    if name not in names:
        raise BadRequest(f"Invalid value for {parameter!r}: there is no model {name[:80]!r}.", parameter)
    return names.index(name)


def _info(model: Model) -> ModelInfo:
    return ModelInfo(id=model.name, display_name=model.name)

"""
The model objects of OpenAI's API.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from clinvoker.model import Model


class ModelObject(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    object: str = "model"
    created: int
    owned_by: str


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    object: str = "list"
    data: Sequence[ModelObject]


def model_body(model: Model, owners: Mapping[str, str], created: int) -> bytes:
    """
    The body that describes one model.  `owners` maps a backend's name to who makes its models;
    `created` is in seconds since 1970.
    """
    return msgspec.json.encode(_object(model, owners, created))


def models_body(models: Sequence[Model], owners: Mapping[str, str], created: int) -> bytes:
    """The body that lists the models, in the order given."""
    return msgspec.json.encode(ModelList(data=[_object(model, owners, created) for model in models]))


def _object(model: Model, owners: Mapping[str, str], created: int) -> ModelObject:
    return ModelObject(id=model.name, created=created, owned_by=owners.get(model.backend, model.backend))

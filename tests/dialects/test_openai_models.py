"""Tests for the model objects."""

from __future__ import annotations

import json

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.dialects.openai_models import model_body, models_body
from clinvoker.model import Model
from tests.conformance.schemas import complaints

OWNERS = {"claude": "anthropic", "codex": "openai"}
MODELS = (Model("claude", "claude"), Model("claude/opus", "claude"), Model("codex", "codex"))


class ModelTests(SynchronousTestCase):
    def test_list(self) -> None:
        """W89: the list is one by OpenAI's schema, in the order given."""
        listed = json.loads(models_body(MODELS, OWNERS, 17))
        self.assertEqual(complaints("ListModelsResponse", listed), [])
        self.assertEqual([model["id"] for model in listed["data"]], ["claude", "claude/opus", "codex"])

    def test_no_models(self) -> None:
        """W89: without models the list is empty."""
        self.assertEqual(json.loads(models_body([], OWNERS, 17)), {"object": "list", "data": []})

    def test_one(self) -> None:
        """W90: a model alone has the shape it has in the list."""
        model = json.loads(model_body(MODELS[2], OWNERS, 17))
        self.assertEqual(complaints("Model", model), [])
        self.assertEqual(model, {"id": "codex", "object": "model", "created": 17, "owned_by": "openai"})

    def test_unknown_owner(self) -> None:
        """A backend that names no owner owns its models."""
        self.assertEqual(json.loads(model_body(Model("x", "mine"), OWNERS, 17))["owned_by"], "mine")

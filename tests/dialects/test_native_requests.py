"""Requests of the native API: what they order, and what is refused by its name."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.agency import Agency
from clinvoker.dialects.native_requests import (
    Prompted,
    read_chain,
    read_compare,
    read_parallel,
    read_prompt,
    read_resume,
)
from clinvoker.errors import BadRequest
from clinvoker.model import Invocation
from clinvoker.orders import Task

Read = Callable[[bytes], Prompted]
READERS: tuple[Read, ...] = (read_prompt, read_parallel, read_chain, read_compare)


def prompt(**more: Any) -> dict[str, Any]:
    return {"backend": "claude", "prompt": "hi", **more}


class RequestCase(SynchronousTestCase):
    def read(self, asked: Any, read: Read = read_prompt) -> Prompted:
        return read(json.dumps(asked).encode())

    def task(self, **more: Any) -> Task:
        [task] = self.read(prompt(**more)).order.tasks
        return task

    def invocation(self, **more: Any) -> Invocation:
        return self.task(**more).asked.invocation

    def refused(self, asked: Any, param: str | None, read: Read = read_prompt) -> str:
        """The sentence of what refuses it."""
        error = self.assertRaises(BadRequest, self.read, asked, read)
        self.assertEqual(param, error.param)
        return str(error)


class PromptTests(RequestCase):
    def test_plain(self) -> None:
        """A backend and a prompt are a chat with that backend's own model."""
        task = self.task()
        invocation = task.asked.invocation
        self.assertEqual(("claude", "claude", ""), (invocation.model, task.backend, task.model))
        self.assertEqual([("user", "hi")], [(each.role, each.text) for each in invocation.messages])
        self.assertEqual(Agency(), invocation.agency)

    def test_required(self) -> None:
        """Backend and prompt must be there, and say something."""
        self.refused({"prompt": "x"}, "backend")
        self.refused({"backend": "claude"}, "prompt")
        self.refused(prompt(prompt=""), "prompt")
        self.refused(prompt(backend=""), "backend")
        self.refused(prompt(prompt=None), "prompt")

    def test_aliases(self) -> None:
        """Short words for models mean another with each backend; all else is passed on as it is."""
        meant = {"fast": "claude/haiku", "quick": "claude/haiku", "default": "claude/sonnet"}
        for word, model in {**meant, "powerful": "claude/opus", "some-model": "claude/some-model"}.items():
            self.assertEqual(model, self.invocation(model=word).model)
        self.assertEqual("gemini/gemini-2.5-pro", self.invocation(backend="gemini", model="best").model)
        self.assertEqual("parrot/fast", self.invocation(backend="parrot", model="fast").model)

    def test_system(self) -> None:
        """A system prompt is said before the prompt."""
        roles = [(each.role, each.text) for each in self.invocation(system_prompt="be brief").messages]
        self.assertEqual([("system", "be brief"), ("user", "hi")], roles)

    def test_numbers(self) -> None:
        """Limits are handed on; 0 is none; what is negative, huge or no number is refused."""
        agent = self.invocation(max_tokens=7, max_turns=3, workdir="/srv")
        self.assertEqual((7, 3), (agent.sampling.max_tokens, agent.agency.max_turns))
        self.assertEqual(0, self.invocation(max_tokens=0).sampling.max_tokens)
        for wrong in (-1, 2**40, "7", 1.5):
            self.refused(prompt(max_tokens=wrong), "max_tokens")
            self.refused(prompt(max_turns=wrong), "max_turns")

    def test_agent(self) -> None:
        """With a directory the program works there, its steps being told; how is handed on."""
        agency = self.invocation(workdir="/srv", approval_mode="auto", sandbox_mode="workspace").agency
        expected = Agency(mode="agent", workdir="/srv", approval="auto", sandbox="workspace", actions=True)
        self.assertEqual(expected, agency)

    def test_agents_only(self) -> None:
        """What only an agent can do is refused without a directory, by its name."""
        for name, value in (("approval_mode", "auto"), ("sandbox_mode", "full"), ("max_turns", 2)):
            self.assertIn("workdir", self.refused(prompt(**{name: value}), name))
        self.refused(prompt(mode="chat", workdir="/srv"), "workdir")
        self.assertEqual(Agency(), self.invocation(approval_mode="default", sandbox_mode="").agency)

    def test_words(self) -> None:
        """Of a word that is none of a few, these are told."""
        self.assertIn(
            "default, text, json, stream-json", self.refused(prompt(output_format="xml"), "output_format")
        )
        self.assertIn("none", self.refused(prompt(approval_mode="maybe"), "approval_mode"))
        self.assertIn("read-only", self.refused(prompt(sandbox_mode="tight"), "sandbox_mode"))

    def test_formats(self) -> None:
        """text and json are answered alike; stream-json is a stream, as `stream` is."""
        for form in ("", "default", "text", "json", None):
            self.assertFalse(self.read(prompt(output_format=form)).stream)
        self.assertTrue(self.read(prompt(output_format="stream-json")).stream)
        self.assertTrue(self.read(prompt(stream=True)).stream)

    def test_unknown(self) -> None:
        """What is unknown is refused by its name; `$schema` and null say nothing."""
        self.refused(prompt(colour="red"), "colour")
        self.assertEqual(self.task(), self.task(**{"$schema": "x", "model": None, "extra": None}))

    def test_labels(self) -> None:
        """Tags are each kept once, in their order; metadata as it is.  Both have bounds."""
        asked = self.read(prompt(tags=["a", "b", "a"], metadata={"k": "v"}))
        self.assertEqual((("a", "b"), {"k": "v"}), (asked.tags, asked.metadata))
        self.refused(prompt(tags=["x" * 65]), "tags[0]")
        self.refused(prompt(metadata={f"{n}": "" for n in range(65)}), "metadata")
        self.refused(prompt(metadata={"k": 1}), "metadata")

    def test_verbose(self) -> None:
        """What has no effect is named."""
        self.assertEqual(("verbose",), self.task(verbose=True).asked.ignored)

    def test_depending(self) -> None:
        """What not every backend can do is told by the name that the client used."""
        asked = self.task(workdir="/srv", max_turns=2, max_tokens=5).asked
        self.assertEqual(("max_tokens", "clinvoker.mode", "clinvoker.max_turns"), asked.depending)
        self.assertEqual("max_turns", asked.places["clinvoker.max_turns"])

    def test_asked_by(self) -> None:
        """Every task is asked with the key of the request."""
        asked = self.read({"tasks": [prompt(), prompt()]}, read_parallel).asked_by("ada", "r1")
        by = [(t.asked.invocation.principal, t.asked.invocation.request_id) for t in asked.order.tasks]
        self.assertEqual([("ada", "r1")] * 2, by)


class SeveralTests(RequestCase):
    def test_empty(self) -> None:
        """An order of nothing is refused."""
        self.refused({"tasks": []}, "tasks", read_parallel)
        self.refused({"steps": []}, "steps", read_chain)
        self.refused({"backends": [], "prompt": "x"}, "backends", read_compare)
        self.refused({"backends": ["claude"], "prompt": ""}, "prompt", read_compare)

    def test_bounds(self) -> None:
        """So is one of more than a hundred."""
        self.refused({"tasks": [prompt()] * 101}, "tasks", read_parallel)
        self.refused({"steps": [prompt()] * 101}, "steps", read_chain)

    def test_parallel(self) -> None:
        """How many at once, whether a failure ends all; three at once unless it is said."""
        order = self.read({"tasks": [prompt()], "max_parallel": 2, "fail_fast": True}, read_parallel).order
        self.assertEqual((2, True), (order.at_once, order.stop))
        for said in ({}, {"max_parallel": 0}):
            order = self.read({"tasks": [prompt()], **said}, read_parallel).order
            self.assertEqual((3, False), (order.at_once, order.stop))
        self.refused({"tasks": [prompt()], "max_parallel": -1}, "max_parallel", read_parallel)

    def test_place(self) -> None:
        """A field is named with the place of its task."""
        self.refused({"tasks": [prompt(), prompt(mode="odd")]}, "tasks[1].mode", read_parallel)
        self.refused({"steps": [prompt(max_turns=1)]}, "steps[0].max_turns", read_chain)
        task = self.read({"tasks": [prompt(verbose=True, tags=["a"])]}, read_parallel).order.tasks[0]
        self.assertEqual(("tasks[0].verbose", "tasks[0].tags"), task.asked.ignored)

    def test_chain(self) -> None:
        """One by one; it goes on after a failure unless it is to stop."""
        asked = {"steps": [prompt(name="a"), prompt(prompt="{{steps.a}} {{previous}}")]}
        order = self.read(asked, read_chain).order
        self.assertEqual((True, False, False), (order.chained, order.stop, order.same_workdir))
        stopping = {**asked, "stop_on_failure": True, "pass_working_dir": True}
        order = self.read(stopping, read_chain).order
        self.assertEqual((True, True), (order.stop, order.same_workdir))

    def test_no_session(self) -> None:
        """A chain keeps no session, and says so of whatever asks for one."""
        for name in ("pass_session_id", "persist_sessions"):
            self.refused({"steps": [prompt()], name: True}, name, read_chain)
            self.read({"steps": [prompt()], name: False}, read_chain)
        steps = [prompt(), prompt(prompt="go on with {{session}}")]
        self.refused({"steps": steps}, "steps[1].prompt", read_chain)

    def test_names(self) -> None:
        """A step speaks of earlier ones only, and each is called differently."""
        twice = [prompt(name="a"), prompt(name="a")]
        self.refused({"steps": twice}, "steps[1].name", read_chain)
        later = [prompt(prompt="{{steps.b}}"), prompt(name="b")]
        self.refused({"steps": later}, "steps[0].prompt", read_chain)
        self.refused({"steps": [prompt(name="a b")]}, "steps[0].name", read_chain)

    def test_inherited(self) -> None:
        """Where directories are passed on, a step may say how it works without saying where."""
        steps = [prompt(workdir="/srv"), prompt(approval_mode="auto")]
        order = self.read({"steps": steps, "pass_working_dir": True}, read_chain).order
        agency = order.tasks[1].asked.invocation.agency
        self.assertEqual(("agent", "", "auto"), (agency.mode, agency.workdir, agency.approval))

    def test_compare(self) -> None:
        """The same prompt for each backend, all at once or one by one, in the order of the request."""
        asked = {"backends": ["codex", "claude"], "prompt": "x", "model": "best"}
        order = self.read(asked, read_compare).order
        self.assertEqual(2, order.at_once)
        self.assertEqual(["codex", "claude"], [task.backend for task in order.tasks])
        self.assertEqual("claude/opus", order.tasks[1].asked.invocation.model)
        self.assertEqual(1, self.read({**asked, "sequential": True}, read_compare).order.at_once)

    def test_resume(self) -> None:
        """The session's backend, model and directory; the request's own model goes before."""
        agency = Agency(mode="agent", workdir="/srv")

        def resumed(**more: Any) -> Invocation:
            body = json.dumps({"prompt": "more", **more}).encode()
            [task] = read_resume(body, "claude", "fast", agency).order.tasks
            return task.asked.invocation

        self.assertEqual(("claude/haiku", "/srv"), (resumed().model, resumed().agency.workdir))
        self.assertEqual("claude/opus", resumed(model="best").model)
        self.assertEqual("auto", resumed(approval_mode="auto").agency.approval)
        self.assertRaises(BadRequest, resumed, mode="chat")
        self.assertRaises(BadRequest, resumed, workdir="/elsewhere")


class AnythingTests(RequestCase):
    @given(st.binary())
    def test_bytes(self, body: bytes) -> None:
        """Whatever the bytes are, they are read or refused."""
        for read in READERS:
            self.tried(read, body)

    @given(
        st.dictionaries(
            st.sampled_from(["backend", "prompt", "tasks", "steps", "extra", "model", "backends", "tags"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=5,
            ),
        )
    )
    def test_json(self, asked: Any) -> None:
        """So is whatever JSON there is."""
        for read in READERS:
            self.tried(read, json.dumps(asked).encode())

    def tried(self, read: Read, body: bytes) -> None:
        try:
            self.assertTrue(read(body).order.tasks)
        except BadRequest as error:
            self.assertTrue(str(error))

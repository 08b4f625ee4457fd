"""
Structured answers, pictures and settings with the real Codex CLI.
"""

from __future__ import annotations

import json

from openai import BadRequestError

from tests.real.codex_chats import LOOK, PICTURE, CodexToolCase, Json, result, said, thread, user

SCHEMA = {
    "type": "object",
    "properties": {"n": {"type": "integer", "minimum": 3}},
    "required": ["n"],
    "additionalProperties": False,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "number", "strict": True, "schema": SCHEMA}}


class OutputTests(CodexToolCase):
    """Structured answers."""

    def test_schema(self) -> None:
        """The schema goes to the provider as it is; the answer is the JSON."""
        answer = self.chat([user('!say {"n": 4}')], tools=[], response_format=FORMAT)
        self.assertEqual(json.loads(answer.choices[0].message.content), {"n": 4})
        [entry] = self.provider.entries()
        self.assertEqual(entry["body"]["text"]["format"]["schema"], SCHEMA)
        self.assertEqual(said(entry)[0]["role"], "user")

    def test_schema_with_tools(self) -> None:
        """Calls come first, then the JSON, in one turn."""
        messages = [user('!tool get_weather {"city":"A"}\n!next say {"n": 5}')]
        message = self.chat(messages, response_format=FORMAT).choices[0].message
        messages += [message.to_dict(), result(message.tool_calls[0], "sunny")]
        answer = self.chat(messages, response_format=FORMAT)
        self.assertEqual(json.loads(answer.choices[0].message.content), {"n": 5})
        first, second = self.provider.entries()
        self.assertEqual(thread(first), thread(second))
        self.assertEqual(
            [entry["body"]["text"]["format"]["schema"] for entry in (first, second)], [SCHEMA] * 2
        )

    def test_object(self) -> None:
        """Any JSON object is asked for in words."""
        answer = self.chat([user('!say {"a": 1}')], tools=[], response_format={"type": "json_object"})
        self.assertEqual(json.loads(answer.choices[0].message.content), {"a": 1})
        self.assertNotIn("text", self.provider.entries()[0]["body"])


class PictureTests(CodexToolCase):
    """Pictures in messages of the user."""

    def test_data(self) -> None:
        """A picture arrives at its place among the parts."""
        self.chat([user([LOOK, {"type": "text", "text": "!say A dot."}])], tools=[])
        [item] = said(self.provider.entries()[0])
        self.assertEqual([part["type"] for part in item["content"]], ["input_image", "input_text"])
        self.assertEqual(item["content"][0]["image_url"], PICTURE)

    def test_elsewhere(self) -> None:
        """A picture that lies elsewhere is for the client to send."""
        part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
        with self.assertRaises(BadRequestError) as caught:
            self.chat([user("first"), user([part])], tools=[])
        self.assertEqual(caught.exception.param, "messages[1].content")
        self.assertIn("data:", str(caught.exception))


class SettingTests(CodexToolCase):
    """Effort, and what has no effect."""

    def test_effort(self) -> None:
        """The effort is the provider's to obey."""
        self.chat([user("!say x")], reasoning_effort="high")
        self.assertEqual(self.provider.entries()[0]["body"]["reasoning"]["effort"], "high")

    def test_stop(self) -> None:
        """The answer ends before a stop sequence."""
        answer = self.chat([user("!say one two three")], stop=["two"])
        choice = answer.choices[0]
        self.assertEqual((choice.message.content, choice.finish_reason), ("one ", "stop"))

    def test_max_tokens(self) -> None:
        """A long answer is cut by the daemon."""
        choice = self.chat([user("!long 500")], max_tokens=5).choices[0]
        self.assertEqual(choice.finish_reason, "length")
        self.assertLess(len(choice.message.content), 100)

    def test_ignored(self) -> None:
        """What has no effect is named."""
        settings: Json = {"temperature": 0.5, "top_p": 0.5, "seed": 1, "verbosity": "low"}
        raw = self.client.chat.completions.with_raw_response.create(
            model="codex", messages=[{"role": "user", "content": "!say x"}], **settings
        )
        named = raw.headers["x-clinvoker-ignored"].replace(" ", "").split(",")
        self.assertEqual(sorted(named), sorted(settings))
        self.assertFalse(settings.keys() & self.provider.entries()[0]["body"].keys())

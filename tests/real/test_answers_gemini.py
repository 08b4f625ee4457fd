"""
Pictures and sampling with the real Gemini CLI: what the provider received, and what the client got.
"""

from __future__ import annotations

from openai import BadRequestError

from tests.real.test_tools_gemini import LOOK, SENT, GeminiToolCase, Json, contents, user


class PictureTests(GeminiToolCase):
    """Pictures in messages of the user."""

    def test_data(self) -> None:
        """Pictures arrive at their places, now and in the history."""
        asked = user([LOOK, {"type": "text", "text": "!say A dot."}])
        messages = [user([LOOK]), {"role": "assistant", "content": "yes"}, asked]
        self.assertEqual(self.chat(messages, tools=[]).choices[0].message.content, "A dot.")
        [entry] = self.provider.entries()  # nor are its tokens counted before
        first, _, last = contents(entry)
        self.assertEqual((first["parts"], last["parts"]), ([SENT], [SENT, {"text": "!say A dot."}]))

    def test_elsewhere(self) -> None:
        """A picture that lies elsewhere is for the client to send."""
        part = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}
        with self.assertRaises(BadRequestError) as caught:
            self.chat([user("first"), user([part])], tools=[])
        self.assertEqual(caught.exception.param, "messages[1].content[0].image_url.url")
        self.assertIn("data:", str(caught.exception))


class SettingTests(GeminiToolCase):
    """Sampling, and what has no effect."""

    def test_honoured(self) -> None:
        """Temperature, top_p and effort are the provider's to obey."""
        for model, thinking in (
            ("gemini/gemini-2.5-flash", ("thinkingBudget", 1024)),
            ("gemini/gemini-3.5-flash", ("thinkingLevel", "LOW")),
        ):
            self.chat([user("!say x")], model=model, temperature=0.25, top_p=0.5, reasoning_effort="low")
            config = self.provider.entries()[-1]["body"]["generationConfig"]
            self.assertEqual((config["temperature"], config["topP"]), (0.25, 0.5))
            self.assertEqual(config["thinkingConfig"][thinking[0]], thinking[1])

    def test_max_tokens(self) -> None:
        """A long answer is cut by the daemon."""
        choice = self.chat([user("!long 500")], max_tokens=5).choices[0]
        self.assertEqual(choice.finish_reason, "length")
        self.assertLess(len(choice.message.content), 100)

    def test_ignored(self) -> None:
        """What has no effect is named."""
        settings: Json = {"seed": 1, "presence_penalty": 1, "frequency_penalty": 1, "verbosity": "low"}
        raw = self.client.chat.completions.with_raw_response.create(
            model="gemini", messages=[{"role": "user", "content": "!say x"}], **settings
        )
        named = raw.headers["x-clinvoker-ignored"].replace(" ", "").split(",")
        self.assertEqual(sorted(named), sorted(settings))

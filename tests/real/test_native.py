"""The native API over the real programs."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any

from tests.real.chats import COUNTING
from tests.real.children import wait_for
from tests.real.daemon import Daemon
from tests.real.exchanged import session
from tests.real.natives import Native
from tests.real.received import received
from tests.real.rigs import RealTestCase, backends
from tests.real.test_agent_mode import KEYS, AgentTestCase, call

MODELS = {"claude": "", "codex": "gpt-5.5", "gemini": ""}


def ask(backend: str, prompt: str, **more: Any) -> dict[str, Any]:
    """A prompt's request."""
    return {"backend": backend, "model": MODELS[backend], "prompt": prompt, **more}


class PromptTests(RealTestCase):
    """Prompts that are only talk."""

    def setUp(self) -> None:
        super().setUp()
        self.native = Native(self.daemon)

    def test_whole(self) -> None:
        """Each program's answer, whole: text, exit code, tokens, a session that is completed."""
        for backend in MODELS:
            status, told = self.native.ask("prompt", ask(backend, f"!say hello from {backend}"))
            self.assertEqual((200, 0, f"hello from {backend}"), (status, told["exit_code"], told["output"]))
            self.assertGreater(told["token_usage"]["output_tokens"], 0)
            _, session = self.native.ask(f"sessions/{told['session_id'][:8]}")
            self.assertEqual(
                ("completed", backend, 1), (session["status"], session["backend"], session["turn_count"])
            )

    def test_lines(self) -> None:
        """The same as lines: the beginning, the text in its pieces, the tokens, the end."""
        for backend in MODELS:
            lines = self.native.lines("prompt", ask(backend, "!say one two three four"))
            kinds = [line["type"] for line in lines]
            self.assertEqual(("init", ["token_usage", "done"]), (kinds[0], kinds[-2:]), backend)
            texts = [line["content"]["text"] for line in lines if line["type"] == "message"]
            self.assertEqual("one two three four", "".join(texts))
            self.assertEqual([*range(1, len(lines) + 1)], [line["sequence"] for line in lines])

    def test_resume(self) -> None:
        """A session that is gone on with soon is the program's own still: it is told the new prompt only."""
        for backend in MODELS:
            self.provider.forget()
            _, told = self.native.ask("prompt", ask(backend, "!say first"))
            name = told["session_id"][:8]
            _, told = self.native.ask(f"sessions/{name}/resume", {"prompt": "!say second"})
            self.assertEqual("second", told["output"])
            entries = [entry for entry in self.provider.entries() if not entry["path"].endswith(COUNTING)]
            self.assertEqual(1, len({session(entry) for entry in entries}), backend)
            texts = [turn.text.strip() for turn in received(entries[-1]).turns]
            self.assertEqual(["!say first", "first", "!say second"], texts)

    def test_failure(self) -> None:
        """A provider's refusal is a status of its own, with the exit code and the sentence."""
        status, told = self.native.ask("prompt", ask("claude", "!error 429"))
        self.assertEqual((429, 1, "rate_limit_exceeded"), (status, told["exit_code"], told["code"]))
        self.assertTrue(told["error"])
        _, session = self.native.ask(f"sessions/{told['session_id']}")
        self.assertEqual(("failed", told["error"]), (session["status"], session["error_message"]))

    def test_dry_run(self) -> None:
        """A dry run starts no process and says which it would start."""
        wait_for(lambda: not self.counted("starting"), 20, "what follows other answers has been started")
        before = self.counted("started")
        for backend in MODELS:
            _, told = self.native.ask("prompt", ask(backend, "!say never", dry_run=True))
            self.assertIn(self.programs[backend], told["output"])
        self.assertEqual(before, self.counted("started"))

    def counted(self, what: str) -> int:
        """So many processes of all programs."""
        return sum(self.health(backend)["agents"][what] for backend in MODELS)

    def test_leaving(self) -> None:
        """A client that leaves stops the program's turn; its session is cancelled."""
        answer = self.native.request("prompt", ask("claude", "!slow 300\n!say slowly on", stream=True))
        answer.readline()
        answer.close()
        self.provider.wait_for("slowly on", "gone")

        def cancelled() -> bool:
            _, told = self.native.ask("sessions?limit=1")
            return bool(told["sessions"][0]["status"] == "cancelled")

        wait_for(cancelled, 10, "the session is cancelled")

    def test_chain(self) -> None:
        """A chain over all three: each is told what the one before said."""
        steps = [
            ask("claude", "!say river", name="word"),
            ask("codex", "!say {{previous}} and mountain"),
            ask("gemini", "!say {{previous}}, first of all {{steps.word}}"),
        ]
        _, told = self.native.ask("chain", {"steps": steps})
        outputs = [result["output"] for result in told["results"]]
        last = "river and mountain, first of all river"
        self.assertEqual(["river", "river and mountain", last], outputs)
        self.assertEqual(3, told["completed_steps"])

    def test_parallel(self) -> None:
        """All at once, one of them failing: its error beside the others' answers."""
        tasks = [ask("claude", "!say one"), ask("codex", "!error 401"), ask("gemini", "!say three")]
        status, told = self.native.ask("parallel", {"tasks": tasks})
        self.assertEqual((200, 2, 1), (status, told["completed"], told["failed"]))
        self.assertEqual([0, 1, 0], [result["exit_code"] for result in told["results"]])
        self.assertEqual("backend_not_logged_in", told["results"][1]["error_code"])
        self.assertEqual("three", told["results"][2]["output"])

    def test_compare(self) -> None:
        """One prompt to all, as lines, in whatever order they answer; all of it in the order asked."""
        lines = self.native.lines("compare", {"backends": [*MODELS][::2], "prompt": "!say same"})
        self.assertEqual(2, sum(line["type"] == "result" for line in lines))
        results = lines[-1]["content"]["results"]
        self.assertEqual(
            [("claude", "same"), ("gemini", "same")], [(r["backend"], r["output"]) for r in results]
        )


class RestartTests(RealTestCase):
    """Sessions outlive the daemon, even one that is killed."""

    def test_resume(self) -> None:
        """A session of each program goes on in the next daemon: the provider gets all that was said."""
        home = tempfile.mkdtemp(prefix="clinvoker-home-")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        settings = {"backends": backends(self.provider.url, self.programs)}
        sessions = {}
        with Daemon(settings, {"CLINVK_HOME": home}) as daemon:
            for backend in MODELS:
                _, told = Native(daemon).ask("prompt", ask(backend, f"!say first of {backend}"))
                sessions[backend] = told["session_id"]
        with Daemon(settings, {"CLINVK_HOME": home}) as daemon:
            for backend, session in sessions.items():
                asked = {"prompt": f"!say second of {backend}"}
                status, told = Native(daemon).ask(f"sessions/{session}/resume", asked)
                self.assertEqual(
                    (200, f"second of {backend}", session), (status, told["output"], told["session_id"])
                )
                got = received(self.provider.wait_for(f"second of {backend}"))
                texts = [turn.text.strip() for turn in got.turns]
                said = [f"!say first of {backend}", f"first of {backend}", asked["prompt"]]
                self.assertEqual(said, texts[-3:])


class WorkTests(AgentTestCase):
    """Programs at work."""

    def test_file(self) -> None:
        """Each writes a file where it may, and its steps are told as lines."""
        native = Native(self.daemon, KEYS[0])
        for backend in MODELS:
            path = self.site / f"{backend}.txt"
            prompt = f"{call(backend, path)}\n!next say done"
            how = {"workdir": f"{self.site}", "approval_mode": "auto", "sandbox_mode": "workspace"}
            lines = native.lines("prompt", ask(backend, prompt, **how))
            self.assertEqual("here", path.read_text(), backend)
            kinds = [line["type"] for line in lines]
            self.assertLess(kinds.index("tool_use"), kinds.index("tool_result"))
            self.assertEqual(("done", f"{self.site}"), (kinds[-1], lines[0]["content"]["working_dir"]))

    def test_refused(self) -> None:
        """Outside of what is allowed it is 400 naming the field, and without permission 403."""
        asked = ask("claude", "!say never", workdir=f"{self.root}/outside")
        status, told = Native(self.daemon, KEYS[0]).ask("prompt", asked)
        self.assertEqual((400, "body.workdir"), (status, told["errors"][0]["location"]))
        status, _ = Native(self.daemon, KEYS[1]).ask("prompt", ask("claude", "x", workdir=f"{self.site}"))
        self.assertEqual(403, status)

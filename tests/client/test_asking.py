"""A prompt, as it is asked and answered.  The numbers are those of the earlier program's features."""

from __future__ import annotations

import json
from typing import Any

from msgspec.structs import replace

import clinvoker.client.running
from clinvoker.client.asking import Wish, ask
from clinvoker.client.exits import API, BACKEND, CANCELLED, GENERAL, SESSION, TIMEOUT
from clinvoker.client.resuming import Choice, resume
from clinvoker.config import Config, Output, UnifiedFlags, read_config
from clinvoker.errors import AgentDied, BackendMissing, RateLimited, TimedOut
from clinvoker.model import Action, BackendHealth, TextDelta
from tests.client.works import END, CommandCase

HELLO = Wish(prompt="hello")
RESUMES = read_config("session: {auto_resume: true}")


class AskCase(CommandCase):
    def ask(self, wish: Wish = HELLO, config: Config | None = None, **given: Any) -> int:
        """Ask, be answered, and give the exit code."""
        begun = self.begin(ask(self.work(config, **given), wish))
        for _ in range(5):
            self.stub.flush()
        self.answer()
        return self.successResultOf(begun)


class FormatTests(AskCase):
    def test_json(self) -> None:
        """F113: where no terminal is, one object: who answered what, in which session, how, for how much."""
        self.assertEqual(0, self.ask())
        told = self.told()
        self.assertEqual(("claude", "yes", 0), (told["backend"], told["content"], told["exit_code"]))
        self.assertEqual({"input_tokens": 10, "output_tokens": 2, "cached_tokens": 4}, told["usage"])
        self.assertIn("duration_seconds", told)
        self.assertEqual(32, len(told["session_id"]))

    def test_text(self) -> None:
        """F114: only the answer, as it comes, and a line break if it has none."""
        begun = self.begin(ask(self.work(output="text", backend="claude"), HELLO))
        self.hear(TextDelta("a "))
        self.assertEqual("a ", self.said())
        self.hear(TextDelta("b"), END)
        self.assertEqual("b\n", self.said())
        self.assertEqual((0, ""), (self.successResultOf(begun), self.err.getvalue()))

    def test_terminal(self) -> None:
        """On a terminal text needs no flag; with the settings it is followed by figures, on stderr."""
        shown = Config(output=Output(show_tokens=True, show_timing=True))
        self.ask(config=shown, terminal=True)
        self.assertEqual("yes\n", self.said())
        self.assertIn("Tokens: 10 in, 2 out, 4 cached\nTime: 0.00 s", self.err.getvalue())

    def test_harmless(self) -> None:
        """What would command the terminal is left out there, and nowhere else."""
        evil = "a\x1b]52;c;x\x07b\r\n\tc\x9b"
        for terminal, said in ((True, "a]52;c;xb\n\tc\n"), (False, f"{evil}\n")):
            begun = self.begin(ask(self.work(output="text", backend="claude", terminal=terminal), HELLO))
            self.answer(evil)
            self.assertEqual((said, 0), (self.said(), self.successResultOf(begun)))

    def test_lines(self) -> None:
        """F115: our events, one JSON object in each line, each as it comes."""
        begun = self.begin(ask(self.work(output="stream-json", backend="claude"), HELLO))
        self.hear(TextDelta("a"))
        self.assertEqual(["init", "message"], [json.loads(each)["type"] for each in self.said().splitlines()])
        self.hear(END)
        self.assertEqual("done", json.loads(self.said().splitlines()[-1])["type"])
        self.assertEqual(0, self.successResultOf(begun))

    def test_configured(self) -> None:
        """The format of the configuration holds where no flag says another."""
        text = Config(output=Output(format="text"))
        self.ask(config=text)
        self.assertEqual("yes\n", self.said())
        self.ask(config=text, output="json")
        self.assertEqual("yes", self.told()["content"])

    def test_steps(self) -> None:
        """What an agent does is told on stderr to who watches."""
        begun = self.begin(ask(self.work(terminal=True, backend="claude"), HELLO))
        step = Action(id="1", kind="command", title="ls", status="started")
        self.hear(TextDelta("look"), step, TextDelta("done"), END)
        self.assertEqual("look\ndone\n", self.said())
        self.assertEqual("  $ ls\n", self.err.getvalue())
        self.successResultOf(begun)


class WhomTests(AskCase):
    def test_flag(self) -> None:
        """F116: that of the flag goes before that of the configuration."""
        config = read_config("default_backend: claude", backends=["claude"])
        self.ask(config=config, backend="codex", model="opus")
        self.assertEqual("codex/opus", self.house.run.invocation.model)
        self.ask(config=config)
        self.assertEqual("claude", self.house.run.invocation.model)

    def test_first(self) -> None:
        """Where nobody says, the first that is there."""
        gone = BackendHealth(name="claude", state="missing")
        there = BackendHealth(name="codex", state="ready", path="/bin/codex")
        self.house.runs._health = [gone, there]
        self.ask()
        self.assertEqual("codex", self.house.run.invocation.model)

    def test_none(self) -> None:
        """None is there: that is told, with what to do."""
        self.house.runs._health = []
        self.assertEqual(BACKEND, self.done(ask(self.work(), HELLO)))
        self.assertIn("clinvk doctor", self.err.getvalue())

    def test_unknown(self) -> None:
        """F118: an unknown backend is told with those that are known, and ends with 1."""
        self.assertEqual(GENERAL, self.done(ask(self.work(backend="nope"), HELLO)))
        self.assertIn("nope", self.err.getvalue())

    def test_key(self) -> None:
        """The key is sent; without it one is told which variable is for it."""
        self.house = type(self.house)(keys=(("ada", "secret"),))
        self.stub._agent._serverFactory = self.house.site  # type: ignore[attr-defined]
        self.assertEqual(API, self.done(ask(self.work(backend="claude"), HELLO)))
        self.assertIn("CLINVK_API_KEY", self.err.getvalue())
        begun = self.begin(ask(self.work(backend="claude", key="secret"), HELLO))
        self.answer()
        self.assertEqual(0, self.successResultOf(begun))


class RehearsalTests(AskCase):
    def test_dry_run(self) -> None:
        """F117: it prints what would be executed, starts nothing, and all is well."""
        work = self.work(output="text", backend="claude", dry_run=True)
        self.assertEqual(0, self.done(ask(work, HELLO)))
        self.assertTrue(self.said().startswith("Would execute: /bin/claude --told"))
        self.assertEqual([], self.house.runs.runs)


class HowTests(AskCase):
    def test_chat(self) -> None:
        """Without a directory it only talks, whatever is configured for agents."""
        flags = UnifiedFlags(approval_mode="auto", max_tokens=9)
        self.ask(config=Config(unified_flags=flags))
        invocation = self.house.run.invocation
        self.assertEqual(("chat", 9), (invocation.agency.mode, invocation.sampling.max_tokens))

    def test_agent(self) -> None:
        """In a directory it works, as it is configured."""
        flags = UnifiedFlags(approval_mode="auto", sandbox_mode="workspace", max_turns=3)
        self.ask(config=Config(unified_flags=flags), workdir="/srv")
        agency = self.house.run.invocation.agency
        self.assertEqual(
            ("agent", "/srv", "auto", "workspace", 3),
            (agency.mode, agency.workdir, agency.approval, agency.sandbox, agency.max_turns),
        )

    def test_mode(self) -> None:
        """`unified_flags.mode` and --mode have it work where the command is typed."""
        self.ask(config=Config(unified_flags=UnifiedFlags(mode="agent")))
        self.assertEqual("/here", self.house.run.invocation.agency.workdir)
        self.ask(Wish(prompt="x", mode="agent"))
        self.assertEqual("/here", self.house.run.invocation.agency.workdir)

    def test_ephemeral(self) -> None:
        """Nothing is kept with --ephemeral; else the tags and the directory are."""
        self.ask(ephemeral=True)
        self.assertNotIn("session_id", self.told())
        self.ask(Wish(prompt="x", tags=("blue",)))
        session = self.house.wire().get(f"/api/v1/sessions/{self.told()['session_id']}").json
        self.assertEqual({"directory": "/here"}, session["metadata"])
        self.assertLessEqual({"clinvk", "blue"}, {*session["tags"]})


class ContinueTests(AskCase):
    def test_continue(self) -> None:
        """F121: -c goes on with the last session of this directory; the program is told all."""
        self.ask()
        first = self.told()["session_id"]
        self.ask(Wish(prompt="more", goes_on=True))
        self.assertEqual(["hello", "yes", "more"], self.asked())
        self.assertEqual(first, self.told()["session_id"])

    def test_elsewhere(self) -> None:
        """That of another directory is none of it: a new one begins, and that is told."""
        self.begin(ask(self.elsewhere(), HELLO))
        self.answer()
        self.said()
        self.assertEqual(0, self.ask(Wish(prompt="more", goes_on=True)))
        self.assertEqual(["more"], self.asked())
        self.assertIn("a new one begins", self.err.getvalue())

    def elsewhere(self) -> Any:
        return replace(self.work(backend="claude"), directory="/elsewhere")

    def test_automatic(self) -> None:
        """`session.auto_resume` does so without -c, but for what is ephemeral; it is off by default."""
        self.ask()
        self.ask()
        self.assertEqual(["hello"], self.asked())
        self.ask(config=RESUMES)
        self.assertEqual(["hello", "yes", "hello"], self.asked())
        self.ask(config=RESUMES, ephemeral=True)
        self.assertEqual(["hello"], self.asked())


class FailureTests(AskCase):
    """F119: the exit code says what kind of failure it was."""

    def test_codes(self) -> None:
        """By the daemon's word for it, whether something was said before or not."""
        failures = (
            (BACKEND, BackendMissing("It is not there.", "claude")),
            (API, RateLimited("Too much.", "claude")),
            (TIMEOUT, TimedOut("Too late.", "claude")),
            (BACKEND, AgentDied("It died.", "claude")),
        )
        for code, error in failures:
            for before in ([], [TextDelta("so far")]):
                begun = self.begin(ask(self.work(output="text", backend="claude"), HELLO))
                if before:
                    self.hear(*before)
                self.fail_run(error)
                self.stub.flush()
                self.assertEqual(code, self.successResultOf(begun), error)
                self.assertIn(f"clinvk [claude]: {error.message}", self.err.getvalue())

    def test_json(self) -> None:
        """In JSON too, with what there was of the answer."""
        begun = self.begin(ask(self.work(backend="claude"), HELLO))
        self.hear(TextDelta("so far"))
        self.fail_run(AgentDied("It died.", "claude"))
        self.assertEqual(BACKEND, self.successResultOf(begun))
        told = self.told()
        self.assertEqual(("so far", "It died.", BACKEND), (told["content"], told["error"], told["exit_code"]))

    def test_timeout(self) -> None:
        """F131: after `unified_flags.command_timeout_secs` it is given up, which ends the run."""
        config = Config(unified_flags=UnifiedFlags(command_timeout_secs=5))
        begun = self.begin(ask(self.work(config, output="text", backend="claude"), HELLO))
        self.hear(TextDelta("so"))
        self.house.clock.advance(4)
        self.assertNoResult(begun)
        self.house.clock.advance(1)
        self.stub.flush()
        self.assertEqual(TIMEOUT, self.successResultOf(begun))
        self.assertIn("unified_flags.command_timeout_secs", self.err.getvalue())
        self.assertTrue(self.house.run.cancelled)

    def test_interrupted(self) -> None:
        """Ctrl-C gives up the turn; the session is kept, and it is told how to go on with it."""
        begun = self.begin(ask(self.work(output="text", backend="claude"), HELLO))
        self.hear(TextDelta("so"))
        begun.cancel()
        self.stub.flush()
        self.assertEqual(CANCELLED, self.successResultOf(begun))
        self.assertTrue(self.house.run.cancelled)
        self.assertEqual("so\n", self.said())
        [session] = self.house.wire().get("/api/v1/sessions").json["sessions"]
        self.assertEqual("cancelled", session["status"])
        self.assertIn(f"clinvk resume {session['id'][:8]}", self.err.getvalue())

    def test_closed_pipe(self) -> None:
        """Who reads no more ends it, quietly."""

        def broken(text: str) -> int:
            raise BrokenPipeError

        self.out.write = broken  # type: ignore[method-assign]
        self.patch(clinvoker.client.running, "_silenced", lambda: 0)
        begun = self.begin(ask(self.work(output="text", backend="claude"), HELLO))
        self.hear(TextDelta("so"))
        self.assertEqual((0, ""), (self.successResultOf(begun), self.err.getvalue()))
        self.stub.flush()
        self.assertTrue(self.house.run.cancelled)

    def test_broken(self) -> None:
        """A connection that ends in the middle of the answer is no success."""
        begun = self.begin(ask(self.work(output="text", backend="claude"), HELLO))
        self.hear(TextDelta("so"))
        [pump] = self.stub._agent._pumps  # type: ignore[attr-defined]
        pump.serverIO.abortConnection()
        self.stub.flush()
        self.assertEqual(API, self.successResultOf(begun))
        self.assertIn("broke in the middle", self.err.getvalue())

    def test_gone(self) -> None:
        """A session that is not there ends with 4."""
        self.assertEqual(SESSION, self.done(resume(self.work(), Choice(name="zzz"), "x")))

"""Responses that go on without their clients."""

from __future__ import annotations

from typing import Any

from clinvoker import errors
from clinvoker.interfaces import Deliver
from clinvoker.model import Finished, Invocation, TextDelta, Usage
from clinvoker.testing.runs import MemoryRun
from clinvoker.web import background, following
from tests.dialects.responses import kinds, told
from tests.web.test_responses import ADA, BOB, END, KEYS, ResponsesCase
from tests.web.wire import House, Reply


class BackgroundCase(ResponsesCase):
    def queued(self, headers: dict[str, str] = {}, **fields: Any) -> Any:
        """A response in the background, as it is answered at once."""
        self.ask(headers, background=True, **fields)
        return Reply(self.wire.take(), "POST").json

    def stream(self, identity: str, query: str = "") -> list[dict[str, Any]]:
        """Its stream, which must be at its end."""
        return told(self.get(f"{identity}?stream=true{query}").body)


class BackgroundTests(BackgroundCase):
    def test_life(self) -> None:
        """W109: queued at once, under way with its first words, complete when it is; asked for, it tells."""
        made = self.queued()
        self.assertEqual(("queued", True, []), (made["status"], made["background"], made["output"]))
        self.assertEqual("queued", self.get(made["id"]).json["status"])
        self.house.run.hear(TextDelta("Hi"))
        under_way = self.get(made["id"]).json
        self.assertEqual("in_progress", under_way["status"])
        self.assertEqual("Hi", under_way["output"][0]["content"][0]["text"])
        self.house.run.hear(END)
        done = self.get(made["id"]).json
        self.assertEqual(("completed", 5), (done["status"], done["usage"]["total_tokens"]))

    def test_survives(self) -> None:
        """The client's leaving changes nothing."""
        made = self.queued()
        self.wire.leave()
        self.assertFalse(self.house.run.cancelled)
        self.house.run.hear(TextDelta("Hi"), END)
        self.wire = self.house.wire()
        self.assertEqual("completed", self.get(made["id"]).json["status"])

    def test_failure(self) -> None:
        """A failure is how the response ends."""
        made = self.queued()
        self.house.run.fail(errors.ProviderOverloaded("too much"))
        failed = self.get(made["id"]).json
        self.assertEqual(("failed", "too much"), (failed["status"], failed["error"]["message"]))

    def test_bug(self) -> None:
        """A bug is logged by the response's id, which is all that the client learns."""
        made = self.queued()
        self.house.run.ended.errback(ZeroDivisionError("secret"))
        failed = self.get(made["id"]).json
        self.assertIn(made["id"], failed["error"]["message"])
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))

    def test_continued(self) -> None:
        """It can be continued once it is complete, and not before."""
        made = self.queued()
        self.assertEqual("previous_response_id", self.refused(400, previous_response_id=made["id"])["param"])
        run = self.house.run
        run.hear(TextDelta("Hi"), END)
        self.made(previous_response_id=made["id"], input="More")
        self.assertEqual(["Hello", "Hi", "More"], [message.text for message in self.heard()])

    def test_refused_at_once(self) -> None:
        """What fails before there was anything to wait for is refused as without `background`."""
        start = self.house.runs.start

        def refuse(invocation: Invocation, deliver: Deliver) -> MemoryRun:
            run = start(invocation, deliver)
            run.fail(errors.Draining())
            return run

        self.patch(self.house.runs, "start", refuse)
        for stream in (False, True):
            self.assertEqual("shutting_down", self.refused(503, background=True, stream=stream)["code"])
        self.assertEqual(404, self.get("resp_id-2").status)  # the request itself was id-1

    def test_bound(self) -> None:
        """Past the bound the next is refused, until one has ended."""
        self.house = House(background_responses=1)
        self.wire = self.house.wire()
        self.queued()
        self.assertEqual("overloaded", self.refused(503, background=True)["code"])
        self.house.run.hear(TextDelta("Hi"), END)
        self.assertEqual("queued", self.queued()["status"])

    def test_share(self) -> None:
        """Where there are several keys one has half of the places, rounded up, and its own ends free them."""
        self.house = House(keys=KEYS, background_responses=3)
        self.wire = self.house.wire()
        for _ in range(2):
            self.queued(ADA)
        run = self.house.run
        self.assertEqual("too_many_waiting", self.refused(429, headers=ADA, background=True)["code"])
        self.queued(BOB)
        self.assertEqual("overloaded", self.refused(503, headers=BOB, background=True)["code"])
        run.hear(TextDelta("Hi"), END)
        self.assertEqual("queued", self.queued(ADA)["status"])

    def test_one_key(self) -> None:
        """Where there is one key all of them are its."""
        self.house = House(keys=KEYS[:1], background_responses=2)
        self.wire = self.house.wire()
        for _ in range(2):
            self.assertEqual("queued", self.queued(ADA)["status"])

    def test_needs_the_store(self) -> None:
        """W109: with `store: false` nobody could ask for it."""
        self.assertEqual("background", self.refused(400, background=True, store=False)["param"])


class CancelTests(BackgroundCase):
    def test_cancel(self) -> None:
        """The run is stopped; what was said is kept, and the status says how it ended."""
        made = self.queued()
        self.house.run.hear(TextDelta("Hi"))
        cancelled = self.get(f"{made['id']}/cancel", method="POST").json
        self.assertTrue(self.house.run.cancelled)
        self.assertEqual(("cancelled", "incomplete"), (cancelled["status"], cancelled["output"][0]["status"]))
        for again in (self.get(made["id"]), self.get(f"{made['id']}/cancel", method="POST")):
            self.assertEqual(cancelled, again.json)

    def test_ended(self) -> None:
        """One that has ended stays what it is."""
        made = self.queued()
        self.house.run.hear(TextDelta("Hi"), END)
        self.assertEqual("completed", self.get(f"{made['id']}/cancel", method="POST").json["status"])

    def test_not_in_background(self) -> None:
        """One that was never in the background cannot be cancelled."""
        made = self.made()
        self.assertEqual(400, self.get(f"{made['id']}/cancel", method="POST").status)
        self.assertEqual(404, self.get("resp_x/cancel", method="POST").status)

    def test_deleted(self) -> None:
        """To delete one that is under way stops it, and it stays deleted."""
        made = self.queued(stream=False)
        self.assertEqual(200, self.get(made["id"], method="DELETE").status)
        self.assertTrue(self.house.run.cancelled)
        self.assertEqual(404, self.get(made["id"]).status)


class StreamTests(BackgroundCase):
    """The stream of one in the background: at once, later, from the middle."""

    def begin(self, *events: Any) -> str:
        """One that is asked for as a stream and left; gives its id."""
        self.ask(background=True, stream=True)
        head, _, body = self.wire.take().partition(b"\r\n\r\n")
        self.assertIn(b"text/event-stream", head)
        self.wire.leave()
        self.wire = self.house.wire()
        if events:
            self.house.run.hear(*events)
        return "resp_" + body.partition(b'"id":"resp_')[2].partition(b'"')[0].decode()

    def test_at_once(self) -> None:
        """The client that made it gets all events, the queue's first."""
        self.ask(background=True, stream=True)
        begun = self.wire.take()
        self.assertIn(b"response.queued", begun)
        self.house.run.hear(TextDelta("Hi"))
        self.house.run.hear(END)
        events = told(Reply(begun + self.wire.take(), "POST").body)
        self.assertEqual([*range(len(events))], [event["sequence_number"] for event in events])
        self.assertEqual(["created", "queued", "in_progress"], kinds(events)[:3])
        self.assertEqual("completed", kinds(events)[-1])

    def test_later(self) -> None:
        """Later it is the same, and from any event on."""
        identity = self.begin(TextDelta("Hi"), END)
        events = self.stream(identity)
        self.assertEqual("completed", kinds(events)[-1])
        self.assertEqual(events[4:], self.stream(identity, "&starting_after=3"))
        self.assertEqual([], self.stream(identity, f"&starting_after={len(events) - 1}"))

    def test_while_it_grows(self) -> None:
        """Several can read it while it grows, each at its own pace; a comment shows life."""
        identity = self.begin(TextDelta("a"))
        slow, fast = self.house.wire(), self.house.wire()
        for wire in (slow, fast):
            wire.ask("GET", f"/openai/v1/responses/{identity}?stream=true")
        slow_said, fast_said = slow.take(), fast.take()
        slow.stall()
        self.house.run.hear(TextDelta("b"))
        self.assertEqual(b"", slow.take())
        fast_said += fast.take()
        self.house.clock.advance(15)
        self.assertEqual(b"", slow.take())
        fast_said += fast.take()
        self.assertIn(b": keep-alive", fast_said)
        self.house.run.hear(END)
        slow.read_on()
        slow_events = told(Reply(slow_said + slow.take()).body)
        self.assertEqual(slow_events, told(Reply(fast_said + fast.take()).body))
        self.assertEqual("completed", kinds(slow_events)[-1])

    def test_leaving(self) -> None:
        """A reader's leaving ends nothing."""
        identity = self.begin(TextDelta("a"))
        reader = self.house.wire()
        reader.ask("GET", f"/openai/v1/responses/{identity}?stream=true")
        reader.leave()
        self.house.run.hear(END)
        self.assertEqual("completed", kinds(self.stream(identity))[-1])

    def test_ends(self) -> None:
        """However it ends, the stream has one end, which says so."""

        def fail(run: MemoryRun) -> None:
            run.fail(errors.AnswerCut("cut"))

        def cut(run: MemoryRun) -> None:
            run.hear(Finished("length", Usage()))

        def cancel(run: MemoryRun) -> None:
            run.ended.cancel()

        ends = {"failed": fail, "incomplete": cut, "cancelled": cancel}
        for status, end in ends.items():
            identity = self.begin(TextDelta("a"))
            end(self.house.run)
            events = self.stream(identity)
            last = "failed" if status == "cancelled" else status
            self.assertEqual((last, status), (kinds(events)[-1], events[-1]["response"]["status"]))
            self.assertEqual(1, sum("response" in event for event in events[3:]))
            self.assertEqual(status, self.get(identity).json["status"])

    def test_none(self) -> None:
        """Where there is no stream, 400 says what to do; a nonsense of a place too."""
        for made in (self.made(), self.queued()):
            error = self.get(f"{made['id']}?stream=true").json["error"]
            self.assertEqual("stream", error["param"])
        identity = self.begin()
        for param, query in (("starting_after", "stream=true&starting_after=x"), ("stream", "stream=maybe")):
            self.assertEqual(param, self.get(f"{identity}?{query}").json["error"]["param"])
        self.assertEqual(404, self.get("resp_x?stream=true").status)

    def test_too_long(self) -> None:
        """One that grows past the bound says so to who reads it; the response is there."""
        self.patch(background, "LOG_BYTES", 4000)
        identity = self.begin(TextDelta("a"))
        reader = self.house.wire()
        reader.ask("GET", f"/openai/v1/responses/{identity}?stream=true")
        self.house.run.hear(TextDelta("b" * 5000))
        last = told(Reply(reader.take()).body)[-1]
        self.assertEqual(("error", "stream_lost"), (last["type"], last["code"]))
        self.house.run.hear(END)
        self.assertEqual("completed", self.get(identity).json["status"])

    def test_portions(self) -> None:
        """A long stream is written in portions, so that a client that stalls is noticed."""
        self.patch(following, "PORTION", 10)
        identity = self.begin(TextDelta("a"), END)
        self.assertEqual("completed", kinds(self.stream(identity))[-1])

    def test_late_streams(self) -> None:
        """The streams of the last few that ended are kept, and no more."""
        self.patch(background, "LATE_STREAMS", 1)
        first = self.begin(TextDelta("a"), END)
        self.begin(TextDelta("a"), END)
        self.assertEqual(400, self.get(f"{first}?stream=true").status)


class IsolationTests(BackgroundCase):
    settings = {"keys": KEYS}

    def test_another(self) -> None:
        """Another can neither see nor stop it."""
        made = self.queued(ADA)
        for path, method in (("", "GET"), ("?stream=true", "GET"), ("/cancel", "POST"), ("", "DELETE")):
            self.assertEqual(404, self.get(made["id"] + path, BOB, method).status)
        self.assertFalse(self.house.run.cancelled)
        self.assertEqual("queued", self.get(made["id"], ADA).json["status"])

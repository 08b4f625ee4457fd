"""Changes as they are written down, and the addresses of stores."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace
from twisted.trial.unittest import SynchronousTestCase

from clinvoker.model import Image, Message, Text, ToolCall
from clinvoker.records import Item, Turn
from clinvoker.settings import Keeping
from clinvoker.storage import changes
from clinvoker.storage.changes import Change, decode, encode, sealed
from clinvoker.storage.memory import MemoryShelf
from clinvoker.storage.opening import open_store
from clinvoker.storage.shelf import StoreUnusable
from clinvoker.storage.sqlite_shelf import SqliteShelf
from clinvoker.storage.store import Store
from clinvoker.testing.store_case import RESPONSE, SESSION, TALK, USED

SAID = (
    Message("user", (Text("hi"), Image("image/png", "aGk="))),
    Message("assistant", (), (ToolCall("c", "n", "{}"),)),
)
EVERY: tuple[Change, ...] = (
    changes.PutSession(SESSION),
    changes.PutTurn(Turn(principal="ann", session="s", number=1, created=1.0, messages=SAID)),
    changes.DropSession("ann", "s"),
    changes.PutResponse(replace(RESPONSE, messages=SAID, input=(Item("i", b"{}"),))),
    changes.DropResponse("ann", "r"),
    changes.PutConversation(TALK),
    changes.AddItems("ann", "c", (Item("i", b"\xff"),), 1.5),
    changes.DropItem("ann", "c", "i"),
    changes.DropConversation("ann", "c"),
    changes.AddUsage(USED),
)


class WritingTests(SynchronousTestCase):
    def test_every_kind(self) -> None:
        """Each kind of change comes back as it was."""
        self.assertEqual(list(EVERY), [decode(encode(change)) for change in EVERY])
        self.assertEqual({type(change) for change in EVERY}, set(Change.__args__))

    def test_other_words(self) -> None:
        """What is none of them is an error of its own kind."""
        for data in (b"", b"\xc1", encode({"type": "Tomorrow"})):
            self.assertRaises(msgspec.MsgspecError, decode, data)

    def test_sealed(self) -> None:
        """What can be written is left alone; else its texts are mended at any depth, and bytes kept."""
        self.assertIs(EVERY[0], sealed(EVERY[0])[0])
        said = (Message("user", (Text("a\ud83d"), Text("\ud83c\udf89"))),)
        broken = changes.PutResponse(replace(RESPONSE, messages=said, body=b"\xff"))
        mended, data = sealed(broken)
        self.assertEqual(mended, decode(data))
        self.assertEqual(b"\xff", mended.response.body)
        self.assertEqual(("a\ufffd", "🎉"), tuple(part.text for part in mended.response.messages[0].parts))  # type: ignore[union-attr]


class AddressTests(SynchronousTestCase):
    def shelf(self, address: str) -> object:
        store: Store = open_store(
            address,
            Keeping(),
            owner="o",
            way_back=lambda call: None,
            now=lambda: 0.0,
            day=lambda at: "",
        )
        return store._shelf

    def test_known(self) -> None:
        """Memory, or a file by its absolute path; nothing is made yet."""
        self.assertIsInstance(self.shelf("memory:"), MemoryShelf)
        for address in ("sqlite:/nowhere/state.db", "/nowhere/state.db"):
            self.assertIsInstance(self.shelf(address), SqliteShelf)

    def test_unknown(self) -> None:
        """Anything else is told with what there is."""
        for address in ("", "state.db", "sqlite:state.db", "postgres://host/db"):
            error = self.assertRaises(StoreUnusable, self.shelf, address)
            self.assertIn(repr(address), str(error))

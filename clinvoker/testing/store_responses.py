"""What every store promises of responses and conversations, as tests."""

from __future__ import annotations

from msgspec.structs import replace

from clinvoker.errors import ConversationNotFound, ItemNotFound, ResponseNotFound
from clinvoker.model import Message, Text
from clinvoker.records import Item, ItemPage, StoredResponse
from clinvoker.testing.store_case import RESPONSE, TALK, StoreTestCase, item, message


class ResponseContract(StoreTestCase):
    """Stored responses."""

    def chain(self, *ids: str) -> None:
        """Keep responses, each continuing the one before, by a message that is its id."""
        for previous, identity in zip(("", *ids), ids, strict=False):
            self.store.put_response(
                replace(RESPONSE, id=identity, previous=previous, messages=(message(identity),))
            )

    def told(self, identity: str, principal: str = "ann") -> list[str]:
        """The texts of its history."""
        return [each.text for each in self.have(self.store.history(principal, identity))]

    def test_whole(self) -> None:
        """A response comes back as it was put, bytes as bytes."""
        response = StoredResponse(
            id="resp_2",
            principal="ann",
            created=1.5,
            model="opus",
            status="incomplete",
            body=b'{"id":"resp_2"}',
            input=(Item("msg_1", b'{"id":"msg_1"}'),),
            messages=(message("hi"), Message("assistant", (Text("ok"),))),
            previous="resp_1",
            conversation="conv_1",
        )
        self.store.put_response(response)
        self.assertEqual(response, self.have(self.store.response("ann", "resp_2")))
        self.assertEqual(response.messages, self.have(self.store.history("ann", "resp_2")))

    def test_replaced(self) -> None:
        """A response under way is put again as it goes on."""
        self.store.put_response(replace(RESPONSE, status="queued"))
        self.store.put_response(replace(RESPONSE, body=b'{"done":1}'))
        found = self.have(self.store.response("ann", "resp_1"))
        self.assertEqual(("completed", b'{"done":1}'), (found.status, found.body))

    def test_history(self) -> None:
        """The history is the chain's messages, oldest first; branches share what they have in common."""
        self.chain("a", "b", "c")
        self.store.put_response(replace(RESPONSE, id="d", previous="b", messages=(message("d"),)))
        self.assertEqual(["a", "b", "c"], self.told("c"))
        self.assertEqual(["a", "b", "d"], self.told("d"))
        self.assertEqual(["a"], self.told("a"))

    def test_long_history(self) -> None:
        """Two hundred in a row."""
        ids = [f"r{number}" for number in range(200)]
        self.chain(*ids)
        self.assertEqual(ids, self.told("r199"))

    def test_deleted(self) -> None:
        """A deleted response is gone for the client; the conversations that went on from it are whole."""
        self.chain("a", "b", "c")
        self.have(self.store.delete_response("ann", "b"))
        self.lacks(self.store.response("ann", "b"), ResponseNotFound)
        self.lacks(self.store.history("ann", "b"), ResponseNotFound)
        self.lacks(self.store.delete_response("ann", "b"), ResponseNotFound)
        self.assertEqual(["a", "b", "c"], self.told("c"))

    def test_links_go_last(self) -> None:
        """Once nothing goes on from them, deleted ones are forgotten: one put there anew stands alone."""
        self.chain("a", "b", "c")
        for identity in ("b", "a", "c"):
            self.have(self.store.delete_response("ann", identity))
        self.store.put_response(replace(RESPONSE, id="d", previous="c", messages=(message("d"),)))
        self.assertEqual(["d"], self.told("d"))

    def test_deleted_while_under_way(self) -> None:
        """The end of a background response does not bring it back."""
        self.store.put_response(replace(RESPONSE, status="in_progress"))
        self.have(self.store.delete_response("ann", "resp_1"))
        self.store.put_response(RESPONSE)
        self.lacks(self.store.response("ann", "resp_1"), ResponseNotFound)

    def test_isolation(self) -> None:
        """Another principal reads, deletes and continues nothing."""
        self.chain("a", "b")
        self.lacks(self.store.response("ben", "a"), ResponseNotFound)
        self.lacks(self.store.history("ben", "a"), ResponseNotFound)
        self.lacks(self.store.delete_response("ben", "a"), ResponseNotFound)
        self.store.put_response(replace(RESPONSE, id="x", principal="ben", previous="b"))
        self.assertEqual([], self.told("x", "ben"))
        self.store.put_response(replace(RESPONSE, id="a", principal="ben"))
        self.assertEqual(["a", "b"], self.told("b"))


class ConversationContract(StoreTestCase):
    """Conversation objects."""

    def page(self, **page: object) -> tuple[list[str], bool]:
        """The ids of a page of items, and whether there are more."""
        found = self.have(self.store.items("ann", "conv_1", ItemPage(**page)))  # type: ignore[arg-type]
        return [each.id for each in found.items], found.more

    def test_whole(self) -> None:
        """A conversation comes back as it was put; another of its id takes its place and leaves items."""
        self.store.put_conversation(TALK)
        self.assertEqual(TALK, self.have(self.store.conversation("ann", "conv_1")))
        self.store.add_items("ann", "conv_1", [item("i1")])
        renamed = replace(TALK, metadata={"topic": "x"})
        self.store.put_conversation(renamed)
        self.assertEqual(renamed, self.have(self.store.conversation("ann", "conv_1")))
        self.assertEqual(item("i1"), self.have(self.store.item("ann", "conv_1", "i1")))

    def test_pages(self) -> None:
        """Items are paged in both orders, by cursors that are ids."""
        self.store.put_conversation(TALK)
        self.store.add_items("ann", "conv_1", [item("i1"), item("i2")])
        self.store.add_items("ann", "conv_1", [item("i3"), item("i4"), Item("i2", b'{"id":"i2","new":1}')])
        self.assertEqual((["i4", "i3", "i2", "i1"], False), self.page())
        self.assertEqual((["i1", "i2"], True), self.page(order="asc", limit=2))
        self.assertEqual((["i3", "i4"], False), self.page(order="asc", limit=2, after="i2"))
        self.assertEqual((["i3"], True), self.page(limit=1, after="i4"))
        self.assertEqual((["i1", "i2"], False), self.page(order="asc", before="i3", limit=0))
        self.lacks(self.store.items("ann", "conv_1", ItemPage(after="i9")), ItemNotFound)
        self.assertIn(b"new", self.have(self.store.item("ann", "conv_1", "i2")).body)

    def test_deleted(self) -> None:
        """An item, then the whole; what is added to nothing is not kept."""
        self.store.put_conversation(TALK)
        self.store.add_items("ann", "conv_1", [item("i1"), item("i2")])
        self.have(self.store.delete_item("ann", "conv_1", "i1"))
        self.lacks(self.store.delete_item("ann", "conv_1", "i1"), ItemNotFound)
        self.assertEqual((["i2"], False), self.page())
        self.have(self.store.delete_conversation("ann", "conv_1"))
        self.lacks(self.store.conversation("ann", "conv_1"), ConversationNotFound)
        self.lacks(self.store.items("ann", "conv_1", ItemPage()), ConversationNotFound)
        self.store.add_items("ann", "conv_1", [item("i3")])
        self.store.put_conversation(TALK)
        self.assertEqual(([], False), self.page())

    def test_isolation(self) -> None:
        """Another principal sees and adds nothing."""
        self.store.put_conversation(TALK)
        self.store.add_items("ben", "conv_1", [item("i1")])
        for asked in (
            self.store.conversation("ben", "conv_1"),
            self.store.items("ben", "conv_1", ItemPage()),
            self.store.item("ben", "conv_1", "i1"),
            self.store.delete_conversation("ben", "conv_1"),
        ):
            self.lacks(asked, ConversationNotFound)
        self.assertEqual(([], False), self.page())

"""What requests refer to, looked up."""

from __future__ import annotations

from clinvoker.model import ReasoningDelta, TextDelta
from tests.web.test_responses import END, ResponsesCase


class ReferenceTests(ResponsesCase):
    def test_references(self) -> None:
        """W92: items that are kept can be named instead of sent, those of answers and of inputs."""
        first = self.made(ReasoningDelta("hm"), TextDelta("Hi"), END)
        sent = self.get(f"{first['id']}/input_items").json["data"][0]["id"]
        references = [sent, *(item["id"] for item in first["output"])]
        given = [{"type": "item_reference", "id": each} for each in references]
        self.made(input=[*given, {"role": "user", "content": "More"}])
        self.assertEqual(["Hello", "Hi", "More"], [message.text for message in self.heard()])
        for unknown in ("msg_nobody_0", "x", "msg_id-1_99"):
            refused = self.refused(400, input=[{"type": "item_reference", "id": unknown}])
            self.assertEqual("input[0].id", refused["param"])

    def test_many_unknown(self) -> None:
        """The first item that is not kept refuses the request: no other is looked for."""
        asked: list[str] = []
        ask = self.house.store.response
        self.patch(self.house.store, "response", lambda who, name: (asked.append(name), ask(who, name))[1])
        given = [{"type": "item_reference", "id": f"msg_{number}_0"} for number in range(9)]
        self.assertEqual("input[0].id", self.refused(400, input=given)["param"])
        self.assertEqual(["resp_0"], asked)

"""
A process with a store of its own: `store_program.py PATH OWNER COUNT`.

It answers as many prompts, eight at a time, and for each that is answered writes the session's id in
a line: what a client would then have.  After the last it closes the store.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from pathlib import Path

from msgspec.structs import replace

from clinvoker.model import Message, Text, Usage
from clinvoker.records import Session, Turn, UsageRow
from clinvoker.settings import Keeping
from clinvoker.storage.opening import open_store
from clinvoker.storage.store import Store

AT_ONCE = 8
SAID = (Message("user", (Text("Say ok. " * 50),)), Message("assistant", (Text("ok " * 100),)))


def begin(store: Store, owner: str, number: int) -> Session:
    """A session that is under way."""
    now = time.time()
    session = Session(
        id=f"{owner}{number:08x}", principal="ann", backend="demo", created=now, updated=now, title="t"
    )
    store.put_session(session)
    return session


def end(store: Store, session: Session) -> None:
    """Its answer is complete, and told."""
    done = replace(session, status="completed", turns=1, usage=Usage(input=10, output=20))
    store.put_turn(
        Turn(principal="ann", session=session.id, number=1, created=session.created, messages=SAID)
    )
    store.put_session(done)
    store.add_usage(UsageRow(principal="ann", day="2026-01-01", backend="demo", model="m"))
    os.write(1, f"{session.id}\n".encode())


def main(path: Path, owner: str, count: int) -> None:
    """Answer so many prompts, and end."""
    store = open_store(
        f"sqlite:{path}",
        Keeping(),
        owner=owner,
        way_back=lambda call: call(),
        now=time.time,
        day=lambda at: "2026-01-01",
    )
    store.open()
    under_way: deque[Session] = deque()
    for number in range(count):
        under_way.append(begin(store, owner, number))
        if len(under_way) == AT_ONCE:
            end(store, under_way.popleft())
    while under_way:
        end(store, under_way.popleft())
    closed = threading.Event()
    store.close().addBoth(lambda _: closed.set())
    if not closed.wait(60):
        raise SystemExit("the store did not close")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))

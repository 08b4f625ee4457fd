"""Who is at the other end."""

from __future__ import annotations

import os
import socket

from twisted.internet.unix import Server
from twisted.trial.unittest import SynchronousTestCase
from twisted.web.http_headers import Headers

from clinvoker.config import ConfigError
from clinvoker.errors import Unauthorized
from clinvoker.keys import locks_of
from clinvoker.service.peers import Peers, origin, peer_uid, user_numbers
from clinvoker.web.auth import Keyring


class PeersTests(SynchronousTestCase):
    def test_uid(self) -> None:
        """The kernel says who connected; nothing of a connection that has gone."""
        here, there = socket.socketpair()
        self.addCleanup(there.close)
        self.assertEqual(os.getuid(), peer_uid(here))
        here.close()
        self.assertEqual(-1, peer_uid(here))

    def test_origin(self) -> None:
        """Who connects to a UNIX socket is counted as his user; elsewhere this says nothing."""
        here, there = socket.socketpair()
        for end in (here, there):
            self.addCleanup(end.close)
        server = Server.__new__(Server)
        server.socket = here
        self.assertEqual(f"unix:{os.getuid()}", origin(server))
        here.close()
        self.assertEqual("", origin(server))
        self.assertEqual("", origin(object()))

    def test_other_transports(self) -> None:
        """TCP says nothing about users."""
        self.assertEqual("", Peers({os.getuid(): "laptop", -1: "bad"}, {"alice": "laptop"}).name(object()))

    def test_numbers(self) -> None:
        """Users go by name or number."""
        self.assertEqual({0: "a", 7: "b"}, user_numbers({"root": "a", "7": "b"}, {"root": 0}.__getitem__))

    def test_wrong_users(self) -> None:
        """All that is wrong is said at once: nobody, everybody, the same user as two."""
        peers = {"ghost": "a", "65534": "a", "0": "a", "root": "b"}
        error = self.assertRaises(ConfigError, user_numbers, peers, {"root": 0}.__getitem__)
        self.assertEqual(
            ["server.unix_peers.ghost", "server.unix_peers.65534", "server.unix_peers.root"],
            [complaint.split(":")[0] for complaint in error.complaints],
        )


class KeyringTests(SynchronousTestCase):
    """A peer in place of a key."""

    def setUp(self) -> None:
        self.locks = locks_of([("laptop", "k1"), ("phone", "k2")])
        self.keyring = Keyring(lambda: self.locks, lambda transport: "laptop" if transport == "known" else "")

    def test_known(self) -> None:
        """It needs no key, and an SDK's made-up one does no harm; a good one holds."""
        self.assertEqual("laptop", self.keyring.principal(Headers(), "known"))
        self.assertEqual("laptop", self.keyring.principal(Headers({b"x-api-key": [b"unused"]}), "known"))
        self.assertEqual("phone", self.keyring.principal(Headers({b"x-api-key": [b"k2"]}), "known"))

    def test_revoked(self) -> None:
        """With its key goes the peer: a name without a key would have every right."""
        self.locks = locks_of([("phone", "k2")])
        self.assertRaises(Unauthorized, self.keyring.principal, Headers(), "known")

    def test_proxy(self) -> None:
        """What is passed on is not the peer's own."""
        for name in (b"X-Forwarded-For", b"Forwarded", b"X-Real-IP", b"Via"):
            self.assertRaises(Unauthorized, self.keyring.principal, Headers({name: [b"x"]}), "known")

    def test_unknown(self) -> None:
        """Others send a key as ever."""
        self.assertRaises(Unauthorized, self.keyring.principal, Headers(), "other")

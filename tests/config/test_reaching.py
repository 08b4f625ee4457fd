"""Who can reach the daemon, and as whom."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config.reaching import complaints_about_reaching
from clinvoker.config.values import Server, Tls

LOCAL = ("tcp:1:interface=127.0.0.1",)
SHOWN = Tls(certificate="c.pem", client_ca="ca.pem", client_names={"alice": "laptop"})


class ReachingTests(SynchronousTestCase):
    """What does not fit together is said."""

    def test_exposed(self) -> None:
        """No listener that others may reach goes without keys, whatever certificates it asks for."""
        required = Tls(certificate="c.pem", client_ca="ca.pem", client_certificate="required")
        for listen in ("tls:1", "tls:1:interface=0.0.0.0", "systemd:domain=UNIX:index=0", "tcp:1"):
            for server in (
                Server(listen=(listen,), tls=required),
                Server(listen=LOCAL, admin=(listen,), tls=required),
            ):
                [complaint] = complaints_about_reaching(server, [])
                self.assertIn("no API keys", complaint)
                self.assertEqual([], complaints_about_reaching(server, ["laptop"]))

    def test_local(self) -> None:
        """What only this machine reaches needs none."""
        server = Server(listen=("tls:1:interface=127.0.0.1", "unix:/s"), tls=Tls(certificate="c.pem"))
        self.assertEqual([], complaints_about_reaching(server, []))

    def test_nobody(self) -> None:
        """Users and certificates stand for keys that are there."""
        server = Server(listen=LOCAL, unix_peers={"alice": "laptop"}, tls=SHOWN)
        self.assertEqual([], complaints_about_reaching(server, ["laptop"]))
        told = complaints_about_reaching(server, ["phone"])
        self.assertEqual(
            ["server.unix_peers.alice", "server.tls.client_names.alice"],
            [complaint.split(":")[0] for complaint in told],
        )

    def test_tls(self) -> None:
        """TLS needs a certificate; what is asked of clients needs an authority."""
        [missing] = complaints_about_reaching(Server(listen=("tls:1",)), ["k"])
        self.assertIn("server.tls.certificate: 'tls:1'", missing)
        tls = Tls(client_certificate="required")
        [missing] = complaints_about_reaching(Server(listen=LOCAL, tls=tls), ["k"])
        self.assertIn("server.tls.client_ca: ", missing)

    def test_twice(self) -> None:
        """A listener is for clients or for the owner."""
        [complaint] = complaints_about_reaching(Server(listen=LOCAL, admin=LOCAL), [])
        self.assertIn("server.admin: ", complaint)

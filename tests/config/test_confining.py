"""What is said of confinement fits together."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.config import ConfigError, read_config
from clinvoker.config.confining import Confinement


class ConfinementTests(SynchronousTestCase):
    def complaint(self, text: str) -> str:
        """All that is said against it."""
        error = self.assertRaises(ConfigError, read_config, f"confinement: {{{text}}}")
        return "\n".join(error.complaints)

    def test_fits(self) -> None:
        """Each alone, and all together."""
        for text in (
            "user: agents, processes: 9",
            "bubblewrap: true, readable: [/srv/x, ~/.gitconfig], writable: [~/x], processes: 9",
            "bubblewrap: true, network: false",
            'scope: user, properties: ["IPAddressDeny=any"], cpu_percent: 50, processes: 9, network: false',
            "user: agents, bubblewrap: true, scope: system",
            "memory: 100, cpu_secs: 5, open_files: 64, file_size: 1",
        ):
            wanted = read_config(f"confinement: {{{text}}}").confinement
            self.assertNotEqual(Confinement(), wanted, text)

    def test_needs(self) -> None:
        """What would do nothing, or something else, is told by its name."""
        for text, expected in {
            "readable: [/srv]": "confinement.bubblewrap",
            "writable: [/srv]": "confinement.bubblewrap",
            "network: false": "confinement.network",
            "cpu_percent: 50": "confinement.scope",
            'properties: ["Slice=x"]': "confinement.scope",
            "scope: user, user: agents": "set it to system",
            "processes: 100": "confinement.processes",
        }.items():
            self.assertIn(expected, self.complaint(text), text)

    def test_values(self) -> None:
        """What is no path, no name, no property or no number."""
        for text in (
            "bubblewrap: true, readable: [src]",
            'user: "-x"',
            'user: "a b"',
            'scope: user, properties: ["--user"]',
            "memory: -1",
            "scope: mine",
        ):
            self.assertIn("confinement.", self.complaint(text), text)

    def test_in_words(self) -> None:
        """What a text should look like is told without a regular expression."""
        for text, expected in {
            "user: -x": "confinement.user: Expected the name of a user",
            "bubblewrap: true, readable: [/a, b]": (
                "confinement.readable: Expected a path that begins with / or ~/, at item [1]"
            ),
            "scope: user, properties: [x]": (
                "confinement.properties: Expected a property of systemd's, such as IOWeight=50, at item [0]"
            ),
        }.items():
            self.assertEqual(expected, self.complaint(text))
        error = self.assertRaises(ConfigError, read_config, "server: {api_keys_gopass_path: a b}")
        self.assertIn("Expected a path of gopass: ", error.complaints[0])

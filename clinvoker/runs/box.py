"""
What a program sees of the machine in a box of bubblewrap's: the system, itself and what it works on.

Nothing else of the user's is there, nor any other process; the system and the program cannot be written to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

import attrs

from clinvoker.model import Launch
from clinvoker.runs.furnishing import expanded

SYSTEM = (
    *("/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/opt", "/sbin", "/snap", "/usr"),
    *("/run/current-system", "/run/systemd/resolve"),
)
# Where variables that a program may see lead to.
_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
_READ, _WRITE = "--ro-bind-try", "--bind-try"
# Bytes of memory for what it writes to /tmp and, elsewhere than it keeps things, to its home.
_SCRATCH = str(64 * 1024 * 1024)
_PACKAGES = "node_modules"


@attrs.frozen
class Box:
    """
    The words that put a program into one.  `bwrap` is that program's path, `root` whether it is started by
    root; `readable` and `writable` are absolute, or begin with `~/`.
    """

    bwrap: str
    root: bool
    network: bool
    readable: Sequence[str]
    writable: Sequence[str]
    environ: Mapping[str, str]

    def words(self, program: str, launch: Launch) -> Iterator[str]:
        """
        What goes before a program's absolute path.

        The box ends with the process that is told of here: a SIGTERM is as good as a SIGKILL to all in it.
        """
        yield from (self.bwrap, "--unshare-all", "--unshare-user", "--die-with-parent", "--cap-drop", "ALL")
        if self.root:  # who could make no box within without it, as codex does (0.169)
            yield from ("--cap-add", "CAP_SETFCAP")
        if self.network:
            yield "--share-net"
        yield from ("--proc", "/proc", "--dev", "/dev")
        for path in SYSTEM:
            yield from (_READ, path, path)
        for path in ("/tmp", self._home()):
            if path:
                yield from ("--size", _SCRATCH, "--tmpfs", path)
        for path, how in sorted(self._shown(program, launch).items()):  # what is in another comes after it
            yield from (how, path, path)
        yield from ("--remount-ro", "/", "--")

    def _home(self) -> str:
        home = os.path.normpath(self.environ.get("HOME") or "/")
        return home if home.startswith("/") and home != "/" else ""

    def _shown(self, program: str, launch: Launch) -> dict[str, str]:
        links = [source for link in launch.links for source in expanded(link.sources, self.environ)]
        named = [self.environ[name] for name in _CERTIFICATES if self.environ.get(name)]
        read = (*self._installed(program, launch), *named, *expanded(self.readable, self.environ))
        outside = expanded((*launch.outside, *self.writable), self.environ)
        write = (launch.directory, launch.workdir, *links, *outside)
        shown = dict.fromkeys(map(os.path.normpath, read), _READ) | dict.fromkeys(filter(None, write), _WRITE)
        return {path: how for path, how in shown.items() if os.path.isabs(path) and path != "/"}

    def _installed(self, program: str, launch: Launch) -> Iterator[str]:
        """What the program consists of, as far as it is elsewhere than the system."""
        for folder in self.environ.get("PATH", "").split(os.pathsep):
            yield from _with_libraries(folder)
        for path in _chain(program):
            yield from _with_libraries(os.path.dirname(path))
            if f"/{_PACKAGES}/" in path:
                yield path.partition(f"/{_PACKAGES}/")[0] + f"/{_PACKAGES}"
        yield from launch.parts


def _with_libraries(folder: str) -> Iterator[str]:
    """A folder of programs, and that beside it with what they need."""
    yield folder
    if os.path.basename(folder) == "bin":
        yield os.path.join(os.path.dirname(folder), "lib")


def _chain(path: str) -> Iterator[str]:
    """Where a path leads, link by link; at most 40 of them, as the kernel has it."""
    for _ in range(40):
        yield path
        try:
            path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(path)))
        except OSError:
            return

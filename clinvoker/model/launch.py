"""
What is to be started.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

# Stands for the agent's private directory in a `Launch`, before that directory exists.
DIRECTORY = "{directory}"


class Link(msgspec.Struct, frozen=True):
    """
    A symbolic link to a file of the user's, made when the process is started if the file exists.

    `path` is relative to the private directory.  The first of `sources` that exists is taken; a first
    part `~` or `$NAME` is expanded by the daemon's environment; one with an unset name does not exist.
    """

    path: str
    sources: tuple[str, ...]


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """
    A process to be started, as data.

    Each process gets a private directory, which holds `files` and an empty folder `work`, and which
    is removed when the process has ended.  Where a text says `DIRECTORY`, its path is meant.  The
    process runs in `work`, in agent mode in `workdir`.  Those of equal `key` can replace each other.
    """

    key: str
    arguments: tuple[str, ...]  # the program's name or path first
    environment: Mapping[str, str] = {}  # on top of what the backend's allow-list lets through
    files: Mapping[str, str] = {}  # relative path -> text
    links: tuple[Link, ...] = ()  # to the user's own files, such as a login
    parts: tuple[str, ...] = ()  # absolute paths of what it consists of besides the program
    outside: tuple[str, ...] = ()  # files and folders elsewhere that it writes to; as `sources` of a link
    directory: str = ""  # the private directory, once there is one
    workdir: str = ""  # absolute; not empty in agent mode only
    unused: str = ""  # the key of others that will do too, as long as nothing was asked of them
    reuse: bool = True  # a process that can be made blank serves many conversations, each by itself
    rehearse: bool = False  # it is to try that before it is ready, and to tell: `Identity.note`

    def placed(self, directory: str) -> Launch:
        """The same launch with `DIRECTORY` replaced by a path that exists."""

        def put(text: str) -> str:
            return text.replace(DIRECTORY, directory)

        return msgspec.structs.replace(
            self,
            directory=directory,
            arguments=tuple(put(argument) for argument in self.arguments),
            environment={name: put(value) for name, value in self.environment.items()},
            files={path: put(text) for path, text in self.files.items()},
        )

"""What is in a private directory when its program starts, and where files of the user's are."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence

from clinvoker.model import Launch


def furnish(directory: str, launch: Launch, environ: Mapping[str, str]) -> None:
    """Put there what a launch asks for.  Raises `OSError`."""
    # Texts and not `Path`, and each folder once: all this holds the reactor up.
    os.mkdir(f"{directory}/work")
    found = {
        link.path: next(filter(os.path.exists, expanded(link.sources, environ)), "") for link in launch.links
    }
    links = {path: source for path, source in found.items() if source}
    for folder in {os.path.dirname(path) for path in (*launch.files, *links)}:
        os.makedirs(f"{directory}/{folder}", exist_ok=True)
    for path, text in launch.files.items():
        with open(f"{directory}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
    for path, source in links.items():
        os.symlink(source, f"{directory}/{path}")


def expanded(sources: Sequence[str], environ: Mapping[str, str]) -> Iterator[str]:
    """Absolute paths of a link's sources; those with a name that is not set are left out."""
    for source in sources:
        first, _, rest = source.partition("/")
        name = "HOME" if first == "~" else first[1:] if first.startswith("$") else ""
        if not name:
            yield source
        elif environ.get(name):
            yield os.path.join(environ[name], rest) if rest else environ[name]


def hand_over(directory: str, uid: int, gid: int) -> None:
    """
    Make a furnished directory, in which no program has run yet, that user's: links, not what they lead to.

    Raises `OSError`.
    """
    for folder, folders, files in os.walk(directory, topdown=False):
        for name in (*folders, *files):
            os.chown(f"{folder}/{name}", uid, gid, follow_symlinks=False)
    os.chown(directory, uid, gid)

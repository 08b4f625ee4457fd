"""
Who may have a program work by itself, and where.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec.structs import replace

from clinvoker.agency import Agency
from clinvoker.errors import Forbidden, UnsupportedParameter
from clinvoker.interfaces import IBackend
from clinvoker.keys import EVERYTHING, Rights
from clinvoker.model import Invocation, Message, Text
from clinvoker.runs.workdirs import Workdirs
from clinvoker.settings import Usual

ANYBODY = "*"


class Permission:
    """
    `keys` are the names of the keys that may use agent mode, or `ANYBODY` among them; so may those whose
    `rights` name that mode.
    """

    def __init__(
        self,
        keys: Collection[str],
        workdirs: Workdirs,
        rights: Callable[[str], Rights] = lambda principal: EVERYTHING,
    ) -> None:
        self._keys = keys
        self._workdirs = workdirs
        self._rights = rights

    def sees(self, principal: str, words: Iterable[str]) -> bool:
        """Whether the principal may use a model for which there are these words."""
        return self._rights(principal).model(words)

    def check_model(self, principal: str, words: Sequence[str]) -> None:
        """Raises `Forbidden` if the principal may not use the model for which there are these words."""
        if not self.sees(principal, words):
            allowed = ", ".join(self._rights(principal).models)
            raise Forbidden(f"The key {principal!r} may not use the model {words[0]!r}, only: {allowed}.")

    def checked(self, invocation: Invocation) -> Invocation:
        """
        The same invocation, its directory a real path.

        Raises `Forbidden` or `BadRequest` if its principal may not have it carried out,
        `UnsupportedParameter` for what agent mode cannot do.
        """
        agency, principal = invocation.agency, invocation.principal
        rights = self._rights(principal)
        if not rights.mode(agency.mode):
            allowed = ", ".join(rights.modes)
            raise Forbidden(f"The key {principal!r} may not use the mode {agency.mode!r}, only: {allowed}.")
        if agency.mode == "chat":
            return invocation
        if not ({ANYBODY, principal} & {*self._keys} or agency.mode in rights.modes):
            raise Forbidden("Agent mode is not allowed with this key (agent.allowed_keys).")
        _refuse(invocation)
        workdir = self._workdirs.permitted(agency.workdir)
        if rights.workdirs and not Workdirs(rights.workdirs, ()).allows(workdir):
            allowed = ", ".join(rights.workdirs)
            raise Forbidden(f"The key {principal!r} may not have agents work there, only in: {allowed}.")
        return replace(invocation, agency=replace(agency, workdir=workdir))


def joined(configured: Agency, asked: Agency) -> Agency:
    """What the client asks, on top of what its model is configured to be."""
    if configured.mode == "chat":
        return asked
    nothing = Agency()
    said = {
        name: value
        for name in Agency.__struct_fields__
        if (value := getattr(asked, name)) != getattr(nothing, name)
    }
    return replace(configured, **said)


def completed(agency: Agency, usual: Usual) -> Agency:
    """An agent at work, what nobody said of how being as is usual for its backend."""
    if agency.mode == "chat":
        return agency
    return replace(
        agency,
        approval=usual.approval if agency.approval == "default" else agency.approval,
        sandbox=usual.sandbox if agency.sandbox == "default" else agency.sandbox,
    )


def introduced(invocation: Invocation, usual: Usual) -> Invocation:
    """The same, with the usual system prompt if it has none of its own."""
    own = any(message.role in ("system", "developer") for message in invocation.messages)
    if own or not usual.system:
        return invocation
    said = Message("system", (Text(usual.system),))
    return replace(invocation, messages=(said, *invocation.messages))


def check_modes(agency: Agency, backend: IBackend) -> None:
    """A model's configuration can ask what no request named; raises `UnsupportedParameter`."""
    asked = {"clinvoker.mode": agency.mode == "agent", "clinvoker.max_turns": agency.max_turns}
    for name, is_asked in asked.items():
        if is_asked and backend.parameters.get(name, "refused") == "refused":
            raise UnsupportedParameter(f"The backend {backend.name!r} does not support {name!r}.", name)


def _refuse(invocation: Invocation) -> None:
    """An answer that is judged and asked for anew would do everything twice."""
    if invocation.tools.offered:
        raise UnsupportedParameter(
            "In agent mode the program has tools of its own: 'tools' is refused.", "tools"
        )
    if invocation.output.kind != "text":
        raise UnsupportedParameter("In agent mode an answer is text.", "response_format")

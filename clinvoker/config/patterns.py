"""Texts of a fixed form, and how that form is told to whoever writes another."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from clinvoker.forms import Forms

SecretPath = Annotated[str, Meta(pattern=r"\A([A-Za-z0-9/_.][A-Za-z0-9/_.-]*)?\Z")]
UserName = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_.][A-Za-z0-9_.-]*\Z|\A\Z")]
Path = Annotated[str, Meta(pattern=r"\A(/|~/)")]
Property = Annotated[str, Meta(pattern=r"\A[A-Z][A-Za-z]*=")]

FORMS = Forms(
    {
        SecretPath: "a path of gopass: letters, digits, / _ . and -, which it does not begin with",
        UserName: "the name of a user",
        Path: "a path that begins with / or ~/",
        Property: "a property of systemd's, such as IOWeight=50",
    }
)

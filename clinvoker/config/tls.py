"""Whose certificates are shown, and whose are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from clinvoker.config.section import Section


class Tls(Section, frozen=True, kw_only=True):
    """
    What `tls:` listeners show, as paths of PEM files.  `client_names` maps a name in a client's
    certificate to the name of the key that it stands for.
    """

    certificate: str = ""  # with its chain
    key: str = ""  # empty: in the file of the certificate
    client_ca: str = ""
    client_certificate: Literal["optional", "required"] = "optional"
    client_names: Mapping[str, str] = {}

"""Which of its ways the program is to log in by, found in what the user has.  Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

API_KEY = "gemini-api-key"
GATEWAY = "gateway"
OAUTH = "oauth-personal"
VERTEX = "vertex-ai"

# What the user chose in the program's own dialogue; the file is JSON with comments, so no parser.
_CHOSEN = re.compile(r'"selectedType"\s*:\s*"([a-z-]+)"')

METHODS = {
    API_KEY: "Gemini API key",
    GATEWAY: "gateway at GOOGLE_GEMINI_BASE_URL",
    OAUTH: "Google account",
    VERTEX: "Vertex AI",
    "compute-default-credentials": "Google Cloud credentials",
}


def method(settings: str, environment: Mapping[str, str]) -> str:
    """
    One of `METHODS`: the user's choice, else what the variables say, in the program's own order
    (`getAuthTypeFromEnv` of 0.61.0), else an API key, which the program looks for in its own places.
    """
    chosen = _CHOSEN.search(settings)
    if chosen and chosen[1] in METHODS:
        return chosen[1]
    if environment.get("GOOGLE_GENAI_USE_GCA") == "true":
        return OAUTH
    if environment.get("GOOGLE_GENAI_USE_VERTEXAI") == "true":
        return VERTEX
    if environment.get("GOOGLE_GEMINI_BASE_URL") and not environment.get("GEMINI_API_KEY"):
        return GATEWAY
    return API_KEY

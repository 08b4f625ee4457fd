"""
The page `docs/responses.md`, made from the tables in `clinvoker.dialects.responses_parameters` and
`completions_parameters`.

Written anew by `python -m tests.dialects.responses_page`; a test holds that it is up to date.
"""

from __future__ import annotations

from pathlib import Path

from clinvoker.dialects import completions_parameters as legacy
from clinvoker.dialects import responses_parameters as responses
from clinvoker.dialects.bodies import Parameter
from tests.dialects.parameters_page import section

PAGE = Path(__file__).parents[2] / "docs" / "responses.md"

INTRODUCTION = """\
# The Responses API, conversations, and legacy completions

`POST /openai/v1/responses` answers whole, as a stream of events, or in the background. What becomes of each
field of a request is told as in [parameters.md](parameters.md), which also says what each backend makes of
those that depend on it: `max_output_tokens` is `max_tokens` there, `text.format` is `response_format`,
`reasoning.effort` is `reasoning_effort`, `text.verbosity` is `verbosity`.
"""

ROUTES = {
    "`GET /responses/{id}`": "the response as it is now; with `stream=true` (and `starting_after=N`) the"
    " stream of one that was made with `background` and `stream`",
    "`DELETE /responses/{id}`": "forgets it; those that continue it still can be continued",
    "`POST /responses/{id}/cancel`": "gives up one in the background; what it said is kept",
    "`GET /responses/{id}/input_items`": "what came with its request, in pages: `limit`, `after`, `order`",
    "`POST /responses/input_tokens`": "about how many tokens a request is, counted by the daemon: four bytes"
    " are one",
    "`/conversations`, `/conversations/{id}`, `/conversations/{id}/items`": "conversation objects: made, had,"
    " changed, forgotten, and their items",
}

EXPLANATION = """\
**Input.** A text, or items: messages with or without `type` (roles `user`, `system`, `developer`,
`assistant`), `function_call`, `function_call_output`, `reasoning` (accepted; it says nothing to a program),
and `item_reference` to items of stored responses. Parts are `input_text`, `output_text`, `refusal`, and
`input_image` with a data URL or an http(s) URL as in chat completions. Files, audio and the items of OpenAI's
own tools are refused with their place in `error.param`. Each call is followed by its output.

**Conversations.** With `previous_response_id` the model gets the same messages that a client of chat
completions would send: all that came and was answered, not the `instructions`. Any stored response that is
complete can be continued, as often as you like. What is unknown, deleted, another key's, or was made with
`store: false` is `400` with the code `previous_response_not_found`. With `conversation` all of its items come
first, and what came and was answered becomes part of it. What is kept, and how long, says `session:` in the
configuration.

**In the background.** At most `server.background_responses` go on at a time, whatever their clients do; past
that it is `503`. Where there are several API keys each has half of the places at most; past that it is `429`.
The stream of one that ended can be read again as long as it is among the last 16 and is
not longer than 16 MiB; the response itself as long as it is stored. A daemon that ends gives them up: their
status is `failed`.

**Streams** begin with `response.created` and end with `response.completed`, `response.incomplete` or
`response.failed` (a cancelled one too). What the model thinks comes as an item of type `reasoning` with a
summary where the program tells it. Steps of an agent at work come as `clinvoker.action` to clients that ask
for them (`clinvoker.actions`).
"""

LEGACY = """\
# `POST /openai/v1/completions`

For clients from before there were chats. The prompt is a message of the user's.
"""

FOOTER = """\
Made from `clinvoker/dialects/responses_parameters.py` and `completions_parameters.py` by
`python -m tests.dialects.responses_page`.
"""


def page() -> str:
    """The text of the page."""
    return "\n".join(
        (
            INTRODUCTION,
            "| route | what it does |\n|---|---|",
            *(f"| {route} | {told} |" for route, told in ROUTES.items()),
            "",
            EXPLANATION,
            "# Parameters of `POST /openai/v1/responses`\n",
            *_sections(responses.HONOURED, responses.DEPENDING, responses.REFUSED, responses.IGNORED),
            LEGACY,
            *_sections(legacy.HONOURED, legacy.DEPENDING, legacy.REFUSED, legacy.IGNORED),
            FOOTER,
        )
    )


def _sections(*lots: tuple[Parameter, ...]) -> list[str]:
    titles = ("Honoured", "Depending on the backend", "Refused", "Ignored")
    return [section(title, "", lot) for title, lot in zip(titles, lots, strict=True)]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"written to {PAGE}")

"""
The routes of OpenAI's Responses API.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace
from twisted.internet.interfaces import IReactorTime

from clinvoker.dialects.described import ALWAYS, EVENTS, OF_BODIES, OF_RUNS, Content, Errors, Operation
from clinvoker.dialects.openai_errors import ErrorBody
from clinvoker.dialects.openai_lists import ItemList, ItemQuery, items_body, read_page
from clinvoker.dialects.openai_responses import OpenAIResponses
from clinvoker.dialects.responses_bodies import (
    InputTokens,
    ResponseDeleted,
    ResponseQuery,
    deleted_body,
    input_tokens_body,
    read_query,
    response_body,
    response_of,
)
from clinvoker.dialects.responses_described import RESPONSE_EVENTS
from clinvoker.dialects.responses_object import ResponseObject
from clinvoker.dialects.responses_request import RESPONSE_BODY, ResponsesRequest, read_request
from clinvoker.dialects.responses_stream import StreamedResponse
from clinvoker.errors import BadRequest, ItemNotFound, UnsupportedParameter
from clinvoker.records import paged
from clinvoker.stores import IStore
from clinvoker.tokens import of_invocation
from clinvoker.web.background import Background, Going
from clinvoker.web.completions import Completions
from clinvoker.web.following import Following
from clinvoker.web.keeping import KeptAnswer
from clinvoker.web.recalling import Recall
from clinvoker.web.request import ApiRequest
from clinvoker.web.settings import WebSettings
from clinvoker.web.table import Route

TAG = "OpenAI"
ROOT = "/openai/v1/responses"
_ERROR = Content(ErrorBody)
_RESPONSE = Content(ResponseObject)
_STREAM = Content(RESPONSE_EVENTS, EVENTS, many=True)
_FINDING = Errors(_ERROR, (*ALWAYS, 404, 503))

CREATE = Operation(
    name="createResponse",
    summary="A response, whole, streamed, or in the background.",
    tag=TAG,
    asks=RESPONSE_BODY,
    required=("model",),
    answers={200: (_RESPONSE, _STREAM)},
    errors=Errors(_ERROR, (*ALWAYS, *OF_BODIES, *OF_RUNS)),
)
RETRIEVE = Operation(
    name="retrieveResponse",
    summary="A stored response, or the stream of one in the background.",
    tag=TAG,
    query=ResponseQuery,
    answers={200: (_RESPONSE, _STREAM)},
    errors=_FINDING,
)
DELETE = Operation(
    name="deleteResponse",
    summary="Forget a stored response.",
    tag=TAG,
    answers={200: (Content(ResponseDeleted),)},
    errors=_FINDING,
)
CANCEL = Operation(
    name="cancelResponse",
    summary="Give up a response in the background.",
    tag=TAG,
    answers={200: (_RESPONSE,)},
    errors=_FINDING,
)
INPUT_ITEMS = Operation(
    name="listInputItems",
    summary="A page of the items that came with a stored response's request.",
    tag=TAG,
    query=ItemQuery,
    answers={200: (Content(ItemList),)},
    errors=_FINDING,
)
INPUT_TOKENS = Operation(
    name="countInputTokens",
    summary="About how many tokens a request is; no model is needed.",
    tag=TAG,
    asks=RESPONSE_BODY,
    answers={200: (Content(InputTokens),)},
    errors=Errors(_ERROR, (*ALWAYS, *OF_BODIES, 404)),
)


class ResponsesRoutes:
    """Responses: made, in the background too, and kept."""

    def __init__(
        self,
        completions: Completions,
        store: IStore,
        settings: WebSettings,
        clock: IReactorTime,
        new_id: Callable[[], str],
    ) -> None:
        self._completions = completions
        self._store = store
        self._settings = settings
        self._clock = clock
        self._new_id = new_id
        self._recall = Recall(store)
        self._background = Background(settings)
        self._dialect = OpenAIResponses()

    def routes(self) -> Sequence[Route]:
        """What there is."""
        return (
            Route("POST", ROOT, self.create, CREATE),
            Route("POST", f"{ROOT}/input_tokens", self.input_tokens, INPUT_TOKENS),
            Route("GET", f"{ROOT}/<name>", self.retrieve, RETRIEVE),
            Route("DELETE", f"{ROOT}/<name>", self.delete, DELETE),
            Route("POST", f"{ROOT}/<name>/cancel", self.cancel, CANCEL),
            Route("GET", f"{ROOT}/<name>/input_items", self.input_items, INPUT_ITEMS),
        )

    async def create(self, request: ApiRequest) -> bytes | None:
        """A response."""
        asked = self._permitted(read_request(request.json_body()))
        request.model = asked.invocation.model
        identity = self._new_id()
        asked = await self._recall.joined(request.principal, asked, identity)
        renderer = self._dialect.renderer(asked, identity, int(self._settings.now()))
        kept = KeptAnswer(renderer, asked, request.principal, self._store)
        if asked.background:
            return await self._in_background(request, asked, renderer, kept)
        await self._completions.carry_out(request, asked, kept)
        return None

    async def retrieve(self, request: ApiRequest, name: str) -> bytes | None:
        """A response as it is now, or the stream of it."""
        query = read_query(request.query)
        going = self._background.find(request.principal, name)
        if going is not None and query.stream and going.log is not None:
            await self._follow(request, going, query.place)
            return None
        if going is not None and going.under_way:
            response = going.response
        else:
            response = response_of(await self._store.response(request.principal, name))
        if query.stream:
            raise BadRequest(
                "Only the stream of a response that was made with 'background' and 'stream' can be read"
                " again, and not for ever; ask for the response itself.",
                "stream",
            )
        return request.json_answer(response_body(response))

    async def delete(self, request: ApiRequest, name: str) -> bytes:
        """Forget a response; one that is under way is given up."""
        await self._store.delete_response(request.principal, name)
        going = self._background.find(request.principal, name)
        if going is not None:
            self._background.forget(going)
        return request.json_answer(deleted_body(name))

    async def cancel(self, request: ApiRequest, name: str) -> bytes:
        """Give up a response in the background; one that has ended stays as it is."""
        going = self._background.find(request.principal, name)
        if going is not None and going.under_way:
            await going.cancel()
        response = response_of(await self._store.response(request.principal, name))
        if not response.background:
            raise BadRequest("Only responses that were made with 'background' can be cancelled.")
        return request.json_answer(response_body(response))

    async def input_items(self, request: ApiRequest, name: str) -> bytes:
        """What came with the request of a response."""
        page = read_page(request.query)
        found = paged((await self._store.response(request.principal, name)).input, page)
        if found is None:
            raise ItemNotFound(page.after or page.before)
        return request.json_answer(items_body(found))

    async def input_tokens(self, request: ApiRequest) -> bytes:
        """About how many tokens a request is, with all that it continues."""
        asked = read_request(request.json_body(), counting=True)
        request.model = asked.invocation.model
        joined = await self._recall.joined(request.principal, asked, self._new_id())
        if request.model:
            self._completions.check(request, joined)
        return request.json_answer(input_tokens_body(of_invocation(joined.invocation)))

    def _permitted(self, asked: ResponsesRequest) -> ResponsesRequest:
        """The request, which stores nothing where nothing may be."""
        if self._settings.keep_responses or not asked.store:
            return asked
        if asked.background:
            raise UnsupportedParameter(
                "Responses are not kept here (session.store_prompts), and one in the background must be.",
                "background",
            )
        response = replace(asked.response, store=False)
        return replace(asked, store=False, response=response, ignored=(*asked.ignored, "store"))

    async def _in_background(
        self, request: ApiRequest, asked: ResponsesRequest, renderer: StreamedResponse, kept: KeptAnswer
    ) -> bytes | None:
        self._completions.announce(request, asked, renderer)
        self._background.check(request.principal)
        going = Going(request.principal, renderer, kept, asked.stream)
        queued = response_body(going.response)
        self._background.keep(going, self._completions.begin(request, asked.invocation, going.deliver))
        if not asked.stream:
            return request.json_answer(queued)
        await self._follow(request, going, 0)
        return None

    async def _follow(self, request: ApiRequest, going: Going, place: int) -> None:
        assert going.log is not None
        request.setHeader(b"content-type", EVENTS.encode())
        keepalive = self._settings.keepalive_secs
        await Following(request, going.log, place, self._clock, keepalive).follow()

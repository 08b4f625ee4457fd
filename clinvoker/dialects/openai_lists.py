"""
Lists of items, page by page, as OpenAI's APIs give them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from clinvoker.dialects.responses_items import ResponseItem, decoded_item
from clinvoker.errors import BadRequest
from clinvoker.records import Item, ItemPage, Items

MOST = 100
USUAL = 20


class ItemQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which page: that after an item, else the first."""

    limit: Annotated[int, Meta(ge=1, le=MOST)] = USUAL
    order: Literal["asc", "desc"] = "desc"
    after: str = ""
    before: str = ""


class ItemList(msgspec.Struct, frozen=True, kw_only=True):
    object: Literal["list"] = "list"
    data: tuple[ResponseItem, ...]
    first_id: str  # empty where nothing is listed
    last_id: str
    has_more: bool


def read_page(query: Mapping[str, str]) -> ItemPage:
    """The page that a query asks for.  Raises `BadRequest` with the parameter's name."""
    try:
        wanted = msgspec.convert(query, ItemQuery, strict=False)
    except msgspec.ValidationError as error:
        name = "order" if "$.order" in str(error) else "limit"
        told = {"order": "it is 'asc' or 'desc'", "limit": f"it is 1 to {MOST}"}[name]
        raise BadRequest(f"Invalid value for {name!r}: {told}.", name) from None
    return ItemPage(limit=wanted.limit, order=wanted.order, after=wanted.after, before=wanted.before)


def items_body(page: Items) -> bytes:
    """The body that lists a page."""
    items = page.items
    return msgspec.json.encode(
        ItemList(
            data=tuple(decoded_item(item.body) for item in items),
            first_id=items[0].id if items else "",
            last_id=items[-1].id if items else "",
            has_more=page.more,
        )
    )


def item_body(item: Item) -> bytes:
    """The body that describes one item."""
    return item.body

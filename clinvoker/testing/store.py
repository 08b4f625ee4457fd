"""
What every store promises, as tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from clinvoker.settings import Keeping
from clinvoker.stores import IStore
from clinvoker.testing.store_case import StoreTestCase
from clinvoker.testing.store_responses import ConversationContract, ResponseContract
from clinvoker.testing.store_retention import ForEverContract, RetentionContract, SizeContract, UsageContract
from clinvoker.testing.store_sessions import SessionContract

CONTRACTS: tuple[type[StoreTestCase], ...] = (
    SessionContract,
    ResponseContract,
    ConversationContract,
    UsageContract,
    RetentionContract,
    ForEverContract,
    SizeContract,
)


def store_tests(
    make: Callable[[Any, Keeping], IStore], pump: Callable[[IStore], object] = lambda store: None
) -> tuple[type[StoreTestCase], ...]:
    """
    The tests that every store passes, a class for each of `CONTRACTS`; bind them to names in a test
    module and trial runs them.

    `make` is given the test and what is to be kept, and makes a store that is not open and whose time is
    `clinvoker.testing.store_case.NOW`; `pump` has one carry out what it has put off.
    """
    methods = {"make": staticmethod(make), "pump": staticmethod(pump)}
    return tuple(type(f"{kind.__name__}Tests", (kind,), methods) for kind in CONTRACTS)

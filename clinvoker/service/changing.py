"""What becomes of a new configuration in a daemon that runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from clinvoker.config import Config
from clinvoker.interfaces import IBackend
from clinvoker.runs.service import Runs
from clinvoker.runs.spawning import Spawner
from clinvoker.service.backends import enabled, overrides
from clinvoker.service.counting import Counting
from clinvoker.service.endpoints import Endpoints
from clinvoker.service.keys import Keys
from clinvoker.service.pictures import fetching
from clinvoker.service.storing import keeping
from clinvoker.service.values import limits, names, permission, pool, web_settings
from clinvoker.settings import Keeping, Limits, Names, Pool
from clinvoker.tasks.service import Tasks
from clinvoker.web.site import ApiSite


@attrs.frozen
class Current:
    """The values that rooms were given."""

    limits: Limits
    names: Names
    pool: Pool
    keeping: Keeping


@attrs.frozen
class Parts:
    """The parts of a daemon that a configuration changes while it runs."""

    reactor: Any
    backends: Mapping[str, IBackend]  # all that are installed
    current: Current
    spawner: Spawner
    keys: Keys
    counting: Counting
    runs: Runs
    tasks: Tasks
    sites: Sequence[ApiSite]  # with the same settings
    endpoints: Endpoints

    def change(self, old: Config, new: Config) -> None:
        """Let another configuration hold from now on; what is under way goes on as it began."""
        before, after = overrides(old), overrides(new)
        # First whatever can fail, so that nothing has changed if it does.
        allowed, fetched = permission(new, self.keys.rights), fetching(self.reactor, new)
        values = pool(new)
        self.spawner.change(after)
        wanted = enabled(self.backends, new, self.spawner.locate)
        self.keys.change(new)
        self.counting.change(new.prices)
        if not values.shared:
            self.runs.keep_apart()  # before it is said: those that served several are to end
        self.current.limits.become(limits(new))
        self.current.names.become(names(new))
        self.current.pool.become(values)
        self.current.keeping.become(keeping(new))
        self.tasks.change(new.server.strict_parameters, new.limits.answer_bytes)
        settings = self.sites[0].settings
        said = web_settings(new, wanted, settings.started_at, self.keys.locks, settings.reload, settings.peer)
        said.metrics, said.now, said.began = settings.metrics, settings.now, settings.began
        for site in self.sites:
            site.change(said)
        self.endpoints.look()
        renewed = {name for name in wanted if before.get(name) != after.get(name)}
        self.runs.change(wanted, renewed, allowed, fetched)

"""
What can be configured, as frozen values with their defaults.

The names of fields are the keys of the file; `etc/clinvoker.yaml` explains each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from clinvoker.agency import Approval, Mode, Sandbox
from clinvoker.config.confining import Confinement
from clinvoker.config.entering import Http
from clinvoker.config.numbers import Count, CountOrNone, Seconds, SecondsOrNone
from clinvoker.config.patterns import SecretPath
from clinvoker.config.section import Section
from clinvoker.config.spending import PerKey, Price
from clinvoker.config.tls import Tls
from clinvoker.config.tracing import Tracing
from clinvoker.keys import Allowance

Level = Literal["debug", "info", "warn", "error", "critical"]
Port = Annotated[int, Meta(ge=0, le=65535)]
DaysOrNone = Annotated[float, Meta(ge=0, le=36_500)]


class Server(Section, frozen=True, kw_only=True):
    """How the daemon is reached, and by whom.  `listen` holds Twisted endpoint descriptions."""

    host: str = "127.0.0.1"
    port: Port = 8080
    listen: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()  # listeners for the owner of the box alone; empty: none
    unix_peers: Mapping[str, str] = {}  # users, by name or number, to names of keys
    tls: Tls = Tls()
    api_keys_file: str = ""
    api_keys_gopass_path: SecretPath = ""
    admin_keys: tuple[str, ...] = ()
    metrics_enabled: bool = False
    allowed_hosts: tuple[str, ...] = ()
    cors_allowed_origins: tuple[str, ...] = ("http://localhost:*", "http://127.0.0.1:*")
    cors_allow_credentials: bool = False
    cors_max_age: CountOrNone = 600
    trusted_proxies: tuple[str, ...] = ()
    rate_limit_rps: Annotated[float, Meta(ge=0)] = 0.0  # of each address
    rate_limit_burst: CountOrNone = 0
    max_body_bytes: CountOrNone = 64 * 1024 * 1024
    drain_secs: SecondsOrNone = 30.0
    keepalive_secs: SecondsOrNone = 15.0
    strict_parameters: bool = False
    background_responses: Count = 100


class Limits(Section, frozen=True, kw_only=True):
    """What nothing may exceed: seconds, and how many at once."""

    request_secs: Seconds = 900.0
    first_output_secs: Seconds = 300.0
    idle_output_secs: Seconds = 300.0
    ready_secs: Seconds = 30.0
    runs: Count = 64
    queue: CountOrNone = 128
    queue_secs: Seconds = 60.0
    processes: Count = 16  # of each backend
    parked: CountOrNone = 8  # answers that wait for results of tools
    parked_secs: Seconds = 300.0
    answer_bytes: Count = 64 * 1024 * 1024
    retries: CountOrNone = 2


class Conversations(Section, frozen=True, kw_only=True):
    """How many conversations programs keep after an answer, and for how long; 0 for none."""

    keep: CountOrNone = 8
    keep_secs: SecondsOrNone = 300.0


class Agents(Section, frozen=True, kw_only=True):
    """Which processes are kept between requests.  Seconds, and megabytes of memory."""

    max_processes: Count = 32  # of all backends
    max_rss: Count = 4096  # of all of them
    min_available: CountOrNone = 512
    max_agent_rss: Count = 1024  # of each
    idle_secs: Seconds = 300.0
    max_runs: Count = 1000
    reuse: Literal["blank", "never"] = "blank"
    reuse_across_keys: bool = False
    failed_starts: Count = 5
    pause_secs: Seconds = 30.0


class Backend(Section, frozen=True, kw_only=True):
    """
    What the owner of the box says about one backend; empty means the backend's own choice.

    `enabled: auto` is on, except for `demo`, which then is on where no other program is found.  `runs: 0`
    is no bound besides `limits.runs`.
    """

    enabled: bool | Literal["auto"] = "auto"
    program: str = ""
    model: str = ""
    system_prompt: str = ""  # where a request has none
    approval_mode: Approval = "default"  # of agents, where neither request nor model says
    sandbox_mode: Sandbox = "default"
    allowed_tools: str = ""  # that an agent of claude's need not ask for
    runs: CountOrNone = 0
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = {}
    pass_environment: tuple[str, ...] = ()
    confined: bool = True  # as `confinement` says
    warm: CountOrNone | Literal["auto"] = "auto"
    prestart: bool = False


class Agent(Section, frozen=True, kw_only=True):
    """Who may use agent mode, by the names of keys, and where the programs may then work."""

    allowed_keys: tuple[str, ...] = ()
    allowed_workdir_prefixes: tuple[str, ...] = ()
    blocked_workdir_prefixes: tuple[str, ...] = (
        *("/etc", "/var/run", "/var/lock", "/root", "/sys", "/proc", "/dev", "/boot"),
        *("/bin", "/sbin", "/lib", "/lib64", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib64"),
    )


class AgentModel(Section, frozen=True, kw_only=True):
    """A name that means an agent at work.  What is empty, `default` or 0 is left to the request."""

    backend: str = ""  # or BACKEND/MODEL; never empty in a `Config`
    mode: Mode = "chat"
    workdir: str = ""
    approval_mode: Approval = "default"
    sandbox_mode: Sandbox = "default"
    max_turns: Annotated[int, Meta(ge=0, le=10_000)] = 0


class Images(Section, frozen=True, kw_only=True):
    """The hosts, or patterns of them, from which the daemon fetches pictures that clients name by URL."""

    fetch: tuple[str, ...] = ()


class Session(Section, frozen=True, kw_only=True):
    """What is kept of sessions, stored responses and conversations, where, and how long; 0 is for ever."""

    store: str = ""  # `memory:`, `sqlite:PATH` or PATH; empty: $CLINVK_HOME/state.db
    retention_days: DaysOrNone = 30.0
    usage_days: DaysOrNone = 400.0
    max_sessions: CountOrNone = 10_000  # of each key, as the following
    max_responses: CountOrNone = 10_000
    max_conversations: CountOrNone = 10_000
    max_size: CountOrNone = 4096  # megabytes, of all together
    store_prompts: Literal["needed", "always", "never"] = "needed"
    store_token_usage: bool = True
    default_tags: tuple[str, ...] = ()
    auto_resume: bool = False  # the command goes on with the last session of its directory


class Output(Section, frozen=True, kw_only=True):
    """How the command answers; `default` is text on a terminal and json elsewhere."""

    format: Literal["default", "text", "json", "stream-json"] = "default"
    show_tokens: bool = False  # after a text
    show_timing: bool = False
    color: bool = True


class UnifiedFlags(Section, frozen=True, kw_only=True):
    """
    What the command asks of every program where nothing else is said.  `mode: agent` has it work in the
    current directory, `chat` only where a directory is named.
    """

    mode: Mode = "chat"
    approval_mode: Approval = "default"
    sandbox_mode: Sandbox = "default"
    verbose: bool = False
    dry_run: bool = False
    max_turns: Annotated[int, Meta(ge=0, le=10_000)] = 0
    max_tokens: CountOrNone = 0
    command_timeout_secs: SecondsOrNone = 0.0


class Parallel(Section, frozen=True, kw_only=True):
    """Several tasks: how many at once where the request does not say; the rest is the command's."""

    max_workers: Annotated[int, Meta(ge=1, le=32)] = 3
    fail_fast: bool = False
    aggregate_output: bool = True  # a table at the end


class Log(Section, frozen=True, kw_only=True):
    """
    What is logged, and how.  `levels` go before `level` for rooms such as `runs` or `web.journal`; `journald`
    is text behind the priority that it reads, without a time of its own.
    """

    level: Level = "info"
    levels: Mapping[str, Level] = {}
    format: Literal["text", "json", "journald"] = "text"
    to: Literal["stdout", "stderr"] = "stdout"


class File(Section, frozen=True, kw_only=True):
    """The whole file.  In `models`, the name `fallback` stands for every unknown name."""

    default_backend: str = ""
    server: Server = Server()
    http: Http = Http()
    limits: Limits = Limits()
    conversations: Conversations = Conversations()
    agents: Agents = Agents()
    confinement: Confinement = Confinement()
    models: Mapping[str, str | AgentModel] = {}
    agent: Agent = Agent()
    images: Images = Images()
    per_key: PerKey = PerKey()
    prices: Mapping[str, Price] = {}
    session: Session = Session()
    output: Output = Output()
    unified_flags: UnifiedFlags = UnifiedFlags()
    parallel: Parallel = Parallel()
    backends: Mapping[str, Backend] = {}
    log: Log = Log()
    tracing: Tracing = Tracing()


class Key(msgspec.Struct, frozen=True):
    """
    An API key and the name it goes by in the log.  Of a hashed one `key` is empty, `salt` and `digest` are
    hexadecimal.  `models` and `modes` are all it may use, empty for everything.
    """

    name: str
    key: str = ""
    salt: str = ""
    digest: str = ""
    models: tuple[str, ...] = ()
    modes: tuple[Mode, ...] = ()
    workdirs: tuple[str, ...] = ()  # directories that it may have worked in; empty: as for all
    allowance: Allowance = Allowance()
    created: str = ""  # a date

    def __repr__(self) -> str:
        """A key shows in no traceback and no log."""
        return f"<Key {self.name}>"


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """
    All that was configured, complete and consistent.

    `server.listen` is never empty here; `warnings` are sentences for the log.
    """

    default_backend: str = ""  # of the command; empty: the first that is there
    server: Server = Server(listen=("tcp:8080:interface=127.0.0.1",))
    http: Http = Http()
    limits: Limits = Limits()
    conversations: Conversations = Conversations()
    agents: Agents = Agents()
    confinement: Confinement = Confinement()
    models: Mapping[str, str] = {}
    agent_models: Mapping[str, AgentModel] = {}  # more of some names in `models`
    fallback: str = ""
    agent: Agent = Agent()
    images: Images = Images()
    per_key: PerKey = PerKey()
    prices: Mapping[str, Price] = {}  # by names or patterns of BACKEND/MODEL
    session: Session = Session()
    output: Output = Output()
    unified_flags: UnifiedFlags = UnifiedFlags()
    parallel: Parallel = Parallel()
    backends: Mapping[str, Backend] = {}
    log: Log = Log()
    tracing: Tracing = Tracing()
    keys: tuple[Key, ...] = ()
    keys_file: str = ""  # where more may come from while the daemon runs, whether it is there or not
    keys_fixed: tuple[Key, ...] = ()  # those of `keys` that do not come from there
    warnings: tuple[str, ...] = ()

    def backend(self, name: str) -> Backend:
        """What is configured for a backend; the defaults where nothing is."""
        return self.backends.get(name, Backend())

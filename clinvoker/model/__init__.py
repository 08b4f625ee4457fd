"""
The values that cross rooms: what is asked, what happens, what is to be started, how things are.

Everything here is frozen and knows nothing: no wire format, no command line, no transport.
"""

from __future__ import annotations

from clinvoker.model.asked import (
    Asked,
    Image,
    Invocation,
    Message,
    Output,
    Part,
    Role,
    Sampling,
    Text,
    Tool,
    ToolCall,
    Tools,
    Treatment,
)
from clinvoker.model.events import (
    Action,
    Doing,
    Event,
    Finished,
    FinishReason,
    ReasoningDelta,
    Started,
    TextDelta,
    ToolCallDelta,
    ToolCallStarted,
    Usage,
    Used,
    size_of,
)
from clinvoker.model.facts import LEFT, WHOLE, Facts
from clinvoker.model.health import (
    BackendHealth,
    BackendState,
    Census,
    CircuitState,
    Identity,
    Load,
    Model,
)
from clinvoker.model.launch import (
    DIRECTORY,
    Launch,
    Link,
)

__all__ = [
    "DIRECTORY",
    "LEFT",
    "WHOLE",
    "Action",
    "Asked",
    "BackendHealth",
    "BackendState",
    "Census",
    "CircuitState",
    "Doing",
    "Event",
    "Facts",
    "FinishReason",
    "Finished",
    "Identity",
    "Image",
    "Invocation",
    "Launch",
    "Link",
    "Load",
    "Message",
    "Model",
    "Output",
    "Part",
    "ReasoningDelta",
    "Role",
    "Sampling",
    "Started",
    "Text",
    "TextDelta",
    "Tool",
    "ToolCall",
    "ToolCallDelta",
    "ToolCallStarted",
    "Tools",
    "Treatment",
    "Usage",
    "Used",
    "size_of",
]

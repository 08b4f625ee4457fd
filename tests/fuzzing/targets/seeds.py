"""Good bodies of requests, which hold every field."""

from __future__ import annotations

from typing import Any

from tests.dialects.messages import PIXEL

SCHEMA: Any = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "pattern": "^[A-Z]", "description": "Where."},
        "days": {"type": "array", "items": {"type": "integer", "minimum": 1}, "uniqueItems": True},
        "unit": {"anyOf": [{"$ref": "#/$defs/unit"}, {"type": "null"}]},
    },
    "required": ["city"],
    "additionalProperties": False,
    "$defs": {"unit": {"enum": ["c", "f"]}},
}
PICTURE = f"data:image/png;base64,{PIXEL}"
IN_AGENT_MODE = {
    "mode": "agent",
    "workdir": "/tmp",
    "approval_mode": "auto",
    "sandbox_mode": "read-only",
    "max_turns": 3,
    "actions": True,
}

_USER = {"role": "user", "content": "Hello"}
_TOOL = {
    "type": "function",
    "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True},
}
_CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"city":"Oslo"}'}}
CHATS: list[Any] = [
    {"model": "claude", "messages": [_USER]},
    {
        "model": "codex/gpt-5",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "developer", "content": [{"type": "text", "text": "Do."}]},
            {
                "role": "user",
                "name": "ann",
                "content": [
                    {"type": "text", "text": "a"},
                    {"type": "image_url", "image_url": {"url": PICTURE, "detail": "low"}},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
                ],
            },
            {"role": "assistant", "content": None, "tool_calls": [_CALL], "refusal": None},
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
            {"role": "user", "content": "and?"},
        ],
        "tools": [_TOOL, {"type": "function", "function": {"name": "g"}}],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "parallel_tool_calls": False,
        "stream": True,
        "stream_options": {"include_usage": True},
    },
    {
        "model": "gemini",
        "messages": [_USER, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Why?"}],
        "n": 2,
        "stop": ["a", "b"],
        "max_completion_tokens": 5,
        "temperature": 0.5,
        "top_p": 1,
        "reasoning_effort": "low",
        "seed": 1,
        "presence_penalty": 0.5,
        "frequency_penalty": 0,
        "logit_bias": {"1": 5},
        "verbosity": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "n", "schema": SCHEMA, "strict": True},
        },
        "store": False,
        "metadata": {"a": "b"},
        "user": "u",
        "service_tier": "auto",
        "prompt_cache_key": "k",
        "logprobs": False,
        "modalities": ["text"],
    },
    {
        "model": "demo",
        "messages": [_USER],
        "response_format": {"type": "json_object"},
        "max_tokens": 7,
        "stop": "x",
    },
    {"model": "demo", "messages": [_USER], "tools": [_TOOL], "tool_choice": "required"},
]
EXTENSIONS: list[Any] = [
    {"model": "claude", "messages": [_USER], "clinvoker": IN_AGENT_MODE},
    {"model": "claude", "messages": [_USER], "clinvoker": {"mode": "chat"}},
    {"model": "claude", "messages": [_USER], "clinvoker": {"mode": "agent", "max_turns": 10_000}},
]
COMPLETIONS: list[Any] = [
    {"model": "demo", "prompt": "Say"},
    {
        "model": "demo",
        "prompt": ["a", "b"],
        "n": 2,
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["x"],
        "max_tokens": 3,
        "temperature": 0,
        "top_p": 0.5,
        "seed": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "logit_bias": {},
        "echo": False,
        "suffix": None,
        "best_of": 1,
        "user": "u",
    },
    {"model": "demo", "prompt": "a", "clinvoker": {"mode": "agent", "workdir": "/tmp"}},
]
_ITEMS: list[Any] = [
    {"role": "user", "content": "Hello"},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]},
    {
        "type": "message",
        "id": "msg_1",
        "role": "user",
        "content": [
            {"type": "input_text", "text": "a"},
            {"type": "input_image", "image_url": PICTURE, "detail": "auto"},
        ],
    },
    {
        "type": "function_call",
        "call_id": "c1",
        "name": "f",
        "arguments": "{}",
        "id": "fc_1",
        "status": "completed",
    },
    {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
    {"role": "user", "content": "and?"},
]
RESPONSES: list[Any] = [
    {"model": "claude", "input": "Hello"},
    {
        "model": "codex",
        "input": _ITEMS,
        "instructions": "Be brief.",
        "tools": [
            {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA, "strict": True}
        ],
        "tool_choice": {"type": "function", "name": "f"},
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low", "summary": "auto"},
        "text": {"format": {"type": "json_schema", "name": "n", "schema": SCHEMA}, "verbosity": "low"},
        "max_output_tokens": 5,
        "temperature": 0.5,
        "top_p": 1,
        "stream": True,
        "store": False,
        "metadata": {"a": "b"},
        "truncation": "auto",
        "include": ["reasoning.encrypted_content"],
        "max_tool_calls": 3,
        "user": "u",
        "safety_identifier": "s",
        "prompt_cache_key": "k",
    },
    {"model": "demo", "input": "more", "previous_response_id": "resp_1", "background": True},
    {"model": "demo", "input": "more", "conversation": {"id": "conv_1"}, "tools": [], "tool_choice": "none"},
    {"model": "demo", "input": [_ITEMS[0]], "conversation": "conv_1", "clinvoker": IN_AGENT_MODE},
]
CONVERSATIONS: list[Any] = [
    {"metadata": {"a": "b"}, "items": _ITEMS},
    {"items": [_ITEMS[0]]},
    {"items": [_ITEMS[2], _ITEMS[4]]},
]

_BLOCKS: list[Any] = [
    {"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}},
    {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
    {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
]
_USE = {"type": "tool_use", "id": "c1", "name": "f", "input": {"city": "Oslo"}}
MESSAGES: list[Any] = [
    {"model": "claude", "max_tokens": 100, "messages": [_USER]},
    {
        "model": "claude",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [
            {"role": "user", "content": _BLOCKS},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "hm", "signature": "s"},
                    {"type": "text", "text": "b"},
                    _USE,
                ],
            },
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": "c1", "content": [_BLOCKS[0]], "is_error": False},
                    {"type": "text", "text": "and?"},
                ],
            },
        ],
        "tools": [{"name": "f", "description": "d", "input_schema": SCHEMA, "type": "custom"}],
        "tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": True},
        "stop_sequences": ["x"],
        "temperature": 0.5,
        "top_p": 1,
        "top_k": 5,
        "stream": True,
        "thinking": {"type": "enabled", "budget_tokens": 2048},
        "metadata": {"user_id": "u"},
        "service_tier": "auto",
    },
    {
        "model": "claude",
        "max_tokens": 1,
        "system": "Be brief.",
        "messages": [_USER, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "Why?"}],
        "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}, "effort": "low"},
        "clinvoker": IN_AGENT_MODE,
    },
    {"model": "claude", "max_tokens": 9, "messages": [_USER], "tools": [], "tool_choice": {"type": "none"}},
]
_TASK: Any = {
    "backend": "claude",
    "prompt": "Hello",
    "model": "opus",
    "workdir": "/tmp",
    "mode": "agent",
    "approval_mode": "auto",
    "sandbox_mode": "read-only",
    "max_tokens": 5,
    "max_turns": 3,
    "verbose": False,
}
NATIVE: list[Any] = [
    {"backend": "demo", "prompt": "Hello"},
    {**_TASK, "stream": True, "dry_run": True, "ephemeral": True, "tags": ["a"], "metadata": {"a": "b"}},
    {**_TASK, "extra": ["--model", "opus"], "output_format": "stream-json", "model": None},
    {"backend": "demo", "prompt": "Hello", "system_prompt": "Be brief.", "$schema": "x"},
    {
        "tasks": [_TASK, {"backend": "demo", "prompt": "a"}],
        "max_parallel": 2,
        "fail_fast": True,
        "dry_run": False,
    },
    {
        "steps": [
            {"backend": "demo", "prompt": "a", "name": "one"},
            {"backend": "codex", "prompt": "b {{previous}} {{steps.one}}", "workdir": "/tmp"},
        ],
        "stop_on_failure": True,
        "pass_working_dir": True,
        "pass_session_id": False,
    },
    {"backends": ["claude", "codex"], "prompt": "a", "sequential": True, "workdir": "/tmp"},
    {"prompt": "more", "model": "opus", "mode": "chat", "stream": True},
    {"title": "T"},
    {
        "sessions": [
            {
                "session": {
                    "id": "0123456789abcdef",
                    "backend": "claude",
                    "created_at": "2026-01-01T00:00:00Z",
                    "last_used": "2026-01-02T03:04:05.678+01:00",
                    "status": "completed",
                    "turn_count": 1,
                    "token_usage": {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3},
                    "tags": ["a"],
                },
                "turns": [],
            }
        ]
    },
]

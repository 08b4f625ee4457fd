"""What is installed: names, and what they need.  Settings of tools are in pyproject.toml."""

import re
from pathlib import Path

from setuptools import find_packages, setup

HERE = Path(__file__).parent


def version():
    """The version, read and not imported: nothing it needs may be installed yet."""
    text = (HERE / "clinvoker" / "__init__.py").read_text(encoding="utf-8")
    return re.search(r'__version__ = "(.+?)"', text).group(1)


setup(
    name="clinvoker",
    version=version(),
    description="AI command-line programs (Claude Code, Codex, Gemini) as an OpenAI-compatible HTTP API",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    # 3.10: `match`, `X | Y` at run time, `zip(strict=)`.
    python_requires=">=3.10",
    packages=[
        *find_packages(include=["clinvoker", "clinvoker.*"]),
        # One file into Twisted's own package of plugins.  There must be no __init__.py beside it:
        # Twisted takes a directory that has one for a package of its own and finds no plugin in it.
        "twisted.plugins",
    ],
    # Types for those who write backends; the schema of the store; what `clinvk config init` writes.
    package_data={
        "clinvoker": ["py.typed"],
        "clinvoker.storage": ["schema/*.sql"],
        "clinvoker.client": ["sample.yaml"],
    },
    install_requires=[
        # 25.5: the first with Site(parsePOSTFormSubmission=False): no form parser sees a body.
        "Twisted >= 25.5.0",
        # 24.8: the first that works with Twisted 24.7 and later.
        "klein >= 24.8.0",
        # 6.0: the first with wheels for Python 3.11 and later.
        "zope.interface >= 6.0",
        # 0.21: the first whose DecodeError is a ValueError, as we catch it.
        "msgspec >= 0.21.0",
        # 22.2: `attrs.define` and `attrs.frozen` with their own types.
        "attrs >= 22.2.0",
        # 6.0.1: earlier ones do not build since Cython 3.
        "PyYAML >= 6.0.1",
        # 1.1: the first of these wheels by date; with them no compiler is needed.
        "google-re2 >= 1.1",
        # 4.20: `best_match` prefers the deepest fault, which is the one to tell a model.
        "jsonschema >= 4.20",
        # 24.9: the first that works with Twisted 24.7 and later.
        "treq >= 24.9.0",
        # 8.1: options typed for mypy.
        "click >= 8.1.0",
        # 13.0: `Live` without a thread of its own, typed.
        "rich >= 13.0",
        # 0.20: the first that is typed throughout.
        "prometheus_client >= 0.20",
        # 0.18: typed; `clinvk config set` keeps comments by it.
        "ruamel.yaml >= 0.18.0",
    ],
    extras_require={
        # For `tls:` and `ssl:` endpoints.  42.0: the first whose certificates tell their times in UTC.
        "tls": ["Twisted[tls] >= 25.5.0", "cryptography >= 42.0"],
        # Pinned where another version would say something else about the same code.
        # 1.45: what the tests run with; spans go to whatever speaks OTLP over HTTP.
        "otel": [
            "opentelemetry-sdk >= 1.45",
            "opentelemetry-exporter-otlp-proto-http >= 1.45",
        ],
        # For `script/fuzz --guided`, which nothing else needs.  3.0: the first for Python 3.12 and later.
        "fuzz": ["atheris >= 3.0.0"],
        "dev": [
            "mypy == 2.4.1",
            "mypy-zope == 1.0.17",
            "ruff == 0.17.6",
            "types-PyYAML == 6.0.12.20261113",
            "types-jsonschema == 4.26.0.20261006",
            "hypothesis >= 6.100",
            "schemathesis == 4.32.5",
            # As in `tls`: the tests sign certificates.
            "Twisted[tls] >= 25.5.0",
            "cryptography >= 42.0",
            # What the extra `otel` needs, for its tests.
            "opentelemetry-sdk >= 1.45",
            "opentelemetry-exporter-otlp-proto-http >= 1.45",
            # The clients that the tests drive.
            "openai >= 1.50",
            "anthropic == 2.12.0",
            "langchain-openai == 1.7.3",
            "openai-agents == 0.24.0",
            "mcp == 2.3.0",
            "pydantic-ai-slim[openai] == 2.68.0",
        ],
    },
    entry_points={"console_scripts": ["clinvk = clinvoker.client.start:start"]},
    classifiers=[
        "Framework :: Twisted",
        "License :: OSI Approved :: MIT License",
        "Operating System :: POSIX :: Linux",
        "Programming Language :: Python :: 3",
    ],
)

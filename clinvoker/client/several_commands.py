"""The commands that ask several programs, as click knows them."""

from __future__ import annotations

import click

from clinvoker.client.flags import Given, Told, completes, flags
from clinvoker.client.prompting import whole_prompt
from clinvoker.client.showing import as_json


@click.command(cls=Told)
@click.option(
    "-f",
    "--file",
    metavar="FILE",
    default="",
    help="JSON or YAML; - or none is stdin.",
    shell_complete=completes("files"),
)
@click.option("--max-parallel", type=click.IntRange(1, 32), metavar="N", help="How many at once.")
@click.option("--fail-fast/--no-fail-fast", default=None, help="The first failure gives up the others.")
@as_json
@flags
@click.pass_obj
def parallel(
    given: Given, file: str, max_parallel: int | None, fail_fast: bool | None, as_json: bool
) -> None:
    """
    Carry out many tasks at once.  Exits with 1 if one of them fails.

    The file has `tasks`, each with `prompt` and, if need be, backend, model, workdir, name and so on; and
    max_parallel, fail_fast, output_dir.  -q shows the table only.
    """
    from clinvoker.client.alone import checked
    from clinvoker.client.parallel import parallel
    from clinvoker.client.running import run
    from clinvoker.client.task_files import TaskFile, read_tasks

    tasks = checked(read_tasks, TaskFile, file)
    run(given, parallel, tasks, max_parallel, fail_fast, as_json, waits=True)


@click.command(cls=Told)
@click.option(
    "-f",
    "--file",
    "--input",
    metavar="FILE",
    default="",
    help="JSON or YAML; - or none is stdin.",
    shell_complete=completes("files"),
)
@click.option(
    "--stop-on-failure/--no-stop-on-failure",
    default=None,
    help="Whether the first failure is the end.  [as the file says, else yes]",
)
@as_json
@flags
@click.pass_obj
def chain(given: Given, file: str, stop_on_failure: bool | None, as_json: bool) -> None:
    """
    Carry out steps, one after the other.  Exits with 1 if one of them fails.

    The file has `steps`, each with `prompt` and, if need be, backend, name and so on.  {{previous}} in a
    prompt is what the step before said, {{steps.NAME}} what that one did.  -q shows what the last one says.
    """
    from clinvoker.client.alone import checked
    from clinvoker.client.chain import chain
    from clinvoker.client.running import run
    from clinvoker.client.task_files import ChainFile, read_tasks

    steps = checked(read_tasks, ChainFile, file)
    run(given, chain, steps, stop_on_failure, as_json)


@click.command(cls=Told)
@click.argument("words", nargs=-1, metavar="PROMPT")
@click.option("--backends", metavar="NAMES", default="", help="Which programs, with commas.")
@click.option("--all-backends", is_flag=True, help="All that are there.")
@click.option("--sequential", is_flag=True, help="One after the other.")
@as_json
@flags
@click.pass_obj
def compare(
    given: Given, words: tuple[str, ...], backends: str, all_backends: bool, sequential: bool, as_json: bool
) -> None:
    """Ask several programs the same.  Exits with 1 if one of them fails."""
    if len(words) > 1:
        raise click.UsageError("More than one prompt; put it in quotes.")
    named = [name.strip() for name in backends.split(",") if name.strip()]
    if bool(named) == all_backends:
        raise click.UsageError("Say which: --backends claude,codex or --all-backends.")
    prompt = whole_prompt("".join(words))
    if not prompt:
        raise click.UsageError("There is no prompt: give one, or something on stdin.")
    from clinvoker.client.compare import compare
    from clinvoker.client.running import run

    run(given, compare, prompt, None if all_backends else named, sequential, as_json, waits=True)

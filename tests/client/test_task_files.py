"""Files of tasks."""

from __future__ import annotations

from pathlib import Path

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.client.exits import CommandFailed
from clinvoker.client.task_files import ChainFile, TaskFile, read_tasks


class TaskFileTests(SynchronousTestCase):
    def file(self, text: str) -> str:
        path = Path(self.mktemp()).absolute()
        path.write_text(text)
        return str(path)

    def refused(self, text: str, kind: type = TaskFile) -> str:
        return self.assertRaises(CommandFailed, read_tasks, kind, self.file(text)).message

    def test_formats(self) -> None:
        """JSON and YAML alike."""
        for text in (
            '{"tasks": [{"prompt": "a", "meta": {"x": 1}}]}',
            "tasks:\n- {prompt: a, meta: {x: 1}}\n",
        ):
            [task] = read_tasks(TaskFile, self.file(text)).tasks
            self.assertEqual(("a", {"x": 1}), (task.prompt, task.meta))

    def test_wrong(self) -> None:
        """What is wrong is told with its place, and what was probably meant."""
        for text, expected in (
            ("tasks: [{promt: a}]", "tasks[0]: Unknown field 'promt'; did you mean 'prompt'?"),
            ("task: []", "Unknown field 'task'; did you mean 'tasks'?"),
            ("tasks: []", "tasks: Expected array of length >= 1"),
            ("tasks: [{backend: a}]", "tasks[0]: It lacks the field prompt"),
            ("tasks: [{prompt: ''}]", "tasks[0].prompt: "),
            ("[1", "Neither JSON nor YAML"),
            ("", "There is nothing in it"),
            ("tasks: [{prompt: a, max_turns: x}]", "tasks[0].max_turns: "),
        ):
            self.assertIn(expected, self.refused(text))
        self.assertIn("did you mean 'steps'?", self.refused("step: []", ChainFile))
        self.assertIn("Unknown field 'tags'", self.refused("steps: [{prompt: a, tags: []}]", ChainFile))

    def test_missing(self) -> None:
        """A file that is not there."""
        self.assertIn(
            "No such file", self.assertRaises(CommandFailed, read_tasks, TaskFile, "/nowhere").message
        )

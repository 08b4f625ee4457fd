"""What the documents show works as shown."""

import re
import sys
from pathlib import Path
from types import ModuleType
from unittest import TestSuite

from twisted.trial.reporter import TestResult
from twisted.trial.runner import TestLoader
from twisted.trial.unittest import SynchronousTestCase

GUIDE = Path(__file__).parents[1] / "docs" / "writing-a-backend.md"


class WritingABackendTests(SynchronousTestCase):
    def test_guide(self) -> None:
        """The guide's backend can be bound, and passes the guide's tests."""
        backend, binding, contract = re.findall(r"```python\n(.*?)```", GUIDE.read_text(), re.DOTALL)
        module = ModuleType("parrot")
        sys.modules["parrot"] = module
        self.addCleanup(sys.modules.pop, "parrot")
        exec(backend, module.__dict__)
        exec(binding, {})
        tests = ModuleType("parrot_tests")
        exec(contract, tests.__dict__)
        loader = TestLoader()
        suite = TestSuite([loader.loadClass(tests.ParrotTests), loader.loadClass(tests.ParrotTalkTests)])
        result = TestResult()
        suite.run(result)
        self.assertGreater(result.testsRun, 5)
        self.assertTrue(result.wasSuccessful(), [*result.failures, *result.errors])

"""The garbage collector's rest, and its work."""

import gc

from twisted.trial.unittest import SynchronousTestCase

from clinvoker.service import collector


class CollectorTests(SynchronousTestCase):
    def test_work(self) -> None:
        """After a rest it collects again, and what was there by then is nothing it looks at."""
        self.addCleanup(gc.enable)
        self.addCleanup(gc.unfreeze)
        kept = [object()]
        gc.disable()
        collector.work()
        self.assertTrue(gc.isenabled())
        self.assertFalse(any(one is kept for one in gc.get_objects()))
        later = [object()]
        self.assertTrue(any(one is later for one in gc.get_objects()))

"""The backend in memory keeps the contracts of real ones."""

from clinvoker.testing.backend import PlainBackend, PlainTalk
from clinvoker.testing.contract import backend_tests, talk_tests

PlainBackendTests = backend_tests(PlainBackend)
PlainTalkTests = talk_tests(PlainTalk, [{"ready": True}, {"run": 1, "say": "a"}, {"run": 1, "done": True}])

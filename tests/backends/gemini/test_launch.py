"""How the program is started, and how its login is found."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from pathlib import Path

from msgspec.structs import replace
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from zope.interface.verify import verifyObject

from clinvoker.backends.gemini import Gemini
from clinvoker.backends.gemini.agent import find_method
from clinvoker.backends.gemini.login import METHODS, method
from clinvoker.errors import BadRequest
from clinvoker.interfaces import IAgent, IBackend, ITalk
from clinvoker.model import Image, Invocation, Message, Sampling, Text, Tool, Tools
from tests.backends.gemini.playing import asking, made


class LaunchTests(SynchronousTestCase):
    """The launch as data."""

    def test_interfaces(self) -> None:
        """Backend, agent and talk keep their promises."""
        backend = Gemini()
        launch = backend.launch(asking()).placed("/private")
        verifyObject(IBackend, backend)
        verifyObject(IAgent, backend.agent(launch, Clock()))
        verifyObject(ITalk, made())

    def test_one_process_for_all(self) -> None:
        """Every chat, whatever its model, can be carried out by the same process."""
        backend = Gemini()
        other = asking(("system", "S"), ("user", "x"), model="gemini-3.5-flash")
        self.assertEqual(backend.launch(asking()), backend.launch(other))

    def test_no_prompt_in_it(self) -> None:
        """Nothing of the conversation is in arguments, environment or files."""
        launch = Gemini().launch(asking(("system", "abracadabra"), ("user", "abracadabra")))
        self.assertNotIn("abracadabra", str(launch))

    def test_settings(self) -> None:
        """No tools, no retries, nothing of its own that would cut or add text."""
        settings = json.loads(Gemini().launch(asking()).files["work/.gemini/settings.json"])
        self.assertEqual(settings["tools"]["core"], ["mcp_*"])
        self.assertNotIn("modelConfigs", settings)
        self.assertEqual(settings["general"]["maxAttempts"], 1)
        self.assertFalse(settings["general"]["retryFetchErrors"])
        self.assertTrue(settings["model"]["disableLoopDetection"])

    def test_functions(self) -> None:
        """Where there are functions the model is asked once in a session, else as often as it is kept."""
        with_functions = asking(tools=(Tool("f"),))
        withheld = replace(with_functions, tools=Tools(offered=(Tool("f"),), choice="none"))
        launches = [Gemini().launch(each) for each in (with_functions, asking(), withheld)]
        settings = [json.loads(launch.files["work/.gemini/settings.json"]) for launch in launches]
        self.assertEqual([1, 24, 24], [each["model"]["maxSessionTurns"] for each in settings])
        self.assertNotEqual(launches[0].key, launches[1].key)
        self.assertEqual(launches[1], launches[2])

    def test_sampling(self) -> None:
        """What is obeyed of sampling is in the settings, and other sampling is another process."""
        warm = replace(asking(), sampling=Sampling(temperature=0.0, effort="minimal"))
        launch = Gemini().launch(warm)
        self.assertNotEqual(launch.key, Gemini().launch(asking()).key)
        settings = json.loads(launch.files["work/.gemini/settings.json"])
        found = {
            one["match"]["model"]: one["modelConfig"] for one in settings["modelConfigs"]["customOverrides"]
        }
        self.assertEqual(found["chat-base"], {"generateContentConfig": {"temperature": 0.0}})
        thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
        self.assertEqual(found["chat-base-3"], {"generateContentConfig": thinking})

    def test_unheeded_sampling(self) -> None:
        """What the daemon sees to is no reason for another process."""
        limited = replace(asking(), sampling=Sampling(max_tokens=5, stop=("x",)))
        self.assertEqual(Gemini().launch(limited), Gemini().launch(asking()))

    def test_picture_elsewhere(self) -> None:
        """A picture that lies somewhere is refused, and the place in the request is named."""
        message = Message("user", (Text("look"), Image(url="https://x/y.png")))
        with self.assertRaises(BadRequest) as caught:
            Gemini().launch(Invocation(model="", messages=(message,)))
        self.assertEqual(caught.exception.param, "messages[0].content[1].image_url.url")
        self.assertIn("data", caught.exception.message)

    def test_private_home(self) -> None:
        """Home, temporary files and instruction are in the private directory."""
        environment = Gemini().launch(asking()).placed("/private").environment
        for name in ("GEMINI_CLI_HOME", "TMPDIR", "GEMINI_SYSTEM_MD", "GEMINI_CLI_SYSTEM_SETTINGS_PATH"):
            self.assertTrue(environment[name].startswith("/private/"), name)

    def test_environment(self) -> None:
        """Keys and addresses get through; what writes prompts down or starts a sandbox does not."""
        patterns = Gemini.environment
        passed = [
            name
            for name in (
                *("GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_CLOUD_PROJECT"),
                *("GEMINI_TELEMETRY_OUTFILE", "GEMINI_WRITE_SYSTEM_MD", "GEMINI_SANDBOX", "GEMINI_MODEL"),
            )
            if any(fnmatchcase(name, pattern) for pattern in patterns)
        ]
        self.assertEqual(passed, ["GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GOOGLE_CLOUD_PROJECT"])

    def test_links(self) -> None:
        """The login is linked in; settings, memory and extensions of the user are not where they are read."""
        paths = {link.path for link in Gemini().launch(asking()).links}
        self.assertIn("work/.gemini/oauth_creds.json", paths)
        self.assertFalse({"work/.gemini/settings.json", "work/.gemini/GEMINI.md"} & paths)


class MethodTests(SynchronousTestCase):
    """Which way of logging in is found."""

    def test_chosen(self) -> None:
        """The user's own choice comes first, in a file with comments too."""
        text = '{ // mine\n "security": {"auth": {"selectedType" : "oauth-personal"}} }'
        self.assertEqual(method(text, {"GOOGLE_GENAI_USE_VERTEXAI": "true"}), "oauth-personal")

    def test_environment(self) -> None:
        """Without a choice the variables say it, in the program's own order."""
        url, key = {"GOOGLE_GEMINI_BASE_URL": "http://x"}, {"GEMINI_API_KEY": "k"}
        self.assertEqual(method("", {"GOOGLE_GENAI_USE_GCA": "true", **key}), "oauth-personal")
        self.assertEqual(method("", {"GOOGLE_GENAI_USE_VERTEXAI": "true", **key}), "vertex-ai")
        self.assertEqual(method("", url), "gateway")
        self.assertEqual(method("", {**url, **key}), "gemini-api-key")

    def test_nothing(self) -> None:
        """Where nothing says it, or something unknown, the program looks for a key."""
        self.assertEqual(method("", {}), "gemini-api-key")
        self.assertEqual(method('"selectedType": "carrier-pigeon"', {}), "gemini-api-key")
        self.assertTrue(all(METHODS.values()))

    def test_google_login_missing(self) -> None:
        """A Google login that was chosen and is not there is told apart."""
        directory = Path(self.mktemp())
        directory.joinpath("login").mkdir(parents=True)
        directory.joinpath("login/settings.json").write_text('{"selectedType": "oauth-personal"}')
        self.assertEqual(find_method(directory, {}), "")
        directory.joinpath("work/.gemini").mkdir(parents=True)
        directory.joinpath("work/.gemini/oauth_creds.json").write_text("{}")
        self.assertEqual(find_method(directory, {}), "oauth-personal")

    def test_no_files(self) -> None:
        """Where nothing was linked, the variables count."""
        self.assertEqual(find_method(Path(self.mktemp()), {}), "gemini-api-key")

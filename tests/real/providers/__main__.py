"""Serve the imitated model APIs until killed.  The first line of output is the port."""

from twisted.internet import reactor
from twisted.web.server import Site

from tests.real.providers.anthropic import Anthropic
from tests.real.providers.google import Google
from tests.real.providers.openai_responses import OpenAIResponses
from tests.real.providers.serving import Provider


def main() -> None:
    """Listen on a free port of 127.0.0.1."""
    site = Site(Provider(reactor, [Anthropic(), OpenAIResponses(), Google()]))
    site.noisy = False
    site.log = lambda request: None
    port = reactor.listenTCP(0, site, interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


if __name__ == "__main__":
    main()

"""For `twistd -ny clinvoker.tac`: the daemon, configured by the files and variables it looks for."""

from twisted.application.service import Application

from clinvoker.service import Options, makeService

application = Application("clinvoker")
makeService(Options()).setServiceParent(application)

"""`python -m clinvoker.client` is `clinvk`."""

from clinvoker.client.start import start

start()

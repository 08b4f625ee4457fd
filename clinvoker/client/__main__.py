"""`python -m clinvoker.client` is `clinvk`."""

from clinvoker.client.main import main

main(prog_name="clinvk")

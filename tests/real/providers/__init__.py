"""
Imitations of the model APIs that the real programs talk to, on loopback.

`python -m tests.real.providers` serves all three on one free port, which is its first line of
output.  Which API is meant says the path; what is answered says the prompt (`script`); what was
asked can be read at `GET /_log` (`serving`).  No credential is looked at or logged.
"""

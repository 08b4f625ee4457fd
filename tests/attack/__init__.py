"""
Tests that attack the daemon: each with the real one, for as long as the tests of every day can bear.

`script/attack` runs them for as long as one likes.
"""

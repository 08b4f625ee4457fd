"""
The tests, room for room as the house is; `real` drives the real programs.

What takes how long depends on the machine and on what else it does: no test of hypothesis fails for it.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

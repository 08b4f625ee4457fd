"""
Orders of several tasks, and sessions: what is made of runs, whoever carries those out.

Knows runs and stores by their interfaces, and no wire format.
"""

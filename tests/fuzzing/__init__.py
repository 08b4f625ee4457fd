"""
Fuzzing: inputs made of good ones by damage, fed to whatever reads what others wrote.

`script/fuzz` runs it.  Everything is settled by a seed and a number, so that each input can be had again.
"""

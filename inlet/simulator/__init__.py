"""The providers, simulated: what they would send, how they retry, and what came of it.

Pure: who posts it, to a door or to a handler, is elsewhere. A seed repeats it exactly.
"""

"""The fault proof: the real handlers under every fault, and a checker of what came of it."""

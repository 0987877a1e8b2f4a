"""What is expected of any webhook receiver, tried at a door from outside.

The scenarios know the contract of the door, and nothing of what is behind it. What they need
beyond its address is in `target`; what cannot be tried at a door is skipped, with the reason.
"""

"""The consumer function: one handler for every consumer, whose value its settings name."""

"""The Lambda functions, and nothing else."""

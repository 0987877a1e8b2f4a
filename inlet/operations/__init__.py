"""What an operator can do with a deployment: a function a verb."""

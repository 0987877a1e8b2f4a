"""What every function needs to run in Lambda."""

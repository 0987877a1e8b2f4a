"""Mutants: copies of the code that are wrong in one place, and must fail a test."""

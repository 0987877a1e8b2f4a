"""What Inlet's functions cost, beside a baseline, in one run: `make bench`."""

"""What Inlet costs and sustains, measured beside something plain in the same run."""

"""The canary function: it posts a delivery of Inlet's own, and looks whether the last came out."""

"""Stands in for HTTP/2, which urllib3 speaks only when told to; `probe` beside it is as it was."""

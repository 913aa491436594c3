"""What `warehouse serve` answers over HTTP: the read API, its documentation, metrics."""

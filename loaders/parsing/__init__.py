"""What platform modules parse with: formats, fields, times, builders, notes."""

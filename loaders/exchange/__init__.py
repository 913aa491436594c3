"""The project's own exchange format: its lines, its CSV, and maps from other files to it."""

"""Pages for people, under /analytics: one module per resource, its SQL in files beside it."""

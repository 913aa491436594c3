"""From files, archives and streams to native records and their outcomes."""

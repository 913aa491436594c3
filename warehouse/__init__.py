"""The command line of the warehouse and what it stands on: server, runs, decisions."""

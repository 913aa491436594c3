"""The engagement warehouse as assets of Dagster."""

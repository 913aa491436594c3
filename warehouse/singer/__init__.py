"""A Singer target: what a tap writes lands in loads of bounded size."""

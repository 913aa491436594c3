"""What `make bench` runs: ratios within one run, never absolute promises."""

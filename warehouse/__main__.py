"""`python -m warehouse`: the same as the console script."""

from warehouse.cli import main

main()

# What there is to do; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help setup demo unit test soak spark-parity coverage bench lint format docs clean

PYTHON ?= python3
BIN := .venv/bin

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: .venv/installed ## Create .venv and install the project

.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; try: make PYTHON=python3.12 demo" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the project into .venv (the first time takes a minute) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

demo: setup ## Land the samples, build the marts, show what they answer
	@$(BIN)/python -m warehouse demo

unit: setup ## Run the tests that need no server
	$(BIN)/python -m pytest --numprocesses 2 tests/unit $(OPTIONS)

test: setup ## Run every test but the long ones, file by file
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile $(OPTIONS)

.venv/metrics-installed: .venv/installed
	@echo "Installing MetricFlow and pyarrow into .venv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,metrics,parquet]'
	@touch $@

soak: .venv/metrics-installed ## Run the long tests (hours); OPTIONS='--part 3/8 --share 0.1' runs less
	$(BIN)/python -m pytest --soak $(OPTIONS)

.venv/spark-installed: .venv/installed
	@echo "Installing pyspark and dbt-spark into .venv (half a gigabyte) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev,spark]'
	@touch $@

spark-parity: .venv/spark-installed ## Build on PostgreSQL and on Spark and compare every relation
	@rm -f target/spark-parity.txt
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/spark $(OPTIONS); code=$$?; tail -n 1 target/spark-parity.txt; exit $$code

coverage: setup ## Run `make test` and show which lines and branches it leaves out
	@mkdir -p target/coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses 2 --dist loadfile $(OPTIONS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under 90

bench: setup ## Measure speed and size beside psql's \copy; OPTIONS='--full --json FILE'
	$(BIN)/python -m benchmarks $(OPTIONS)

lint: setup ## Check style, types and bounds: sqlfluff, ruff, mypy, tests/bounds.py
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python tests/bounds.py
	$(BIN)/sqlfluff lint --disable-progress-bar models functions tests/dbt
	$(BIN)/sqlfluff lint --disable-progress-bar --templater placeholder warehouse/sql warehouse/web/pages/sql

format: setup ## Bring the layout of Python and SQL in order
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/sqlfluff fix --disable-progress-bar models functions tests/dbt

docs: setup ## Write docs/platforms.md, the columns per interaction type and the exposures
	@mkdir -p docs target
	$(BIN)/python -m loaders.catalogue > docs/platforms.md
	$(BIN)/python -m warehouse.type_columns
	$(BIN)/python -m warehouse.web.exposures > target/exposures.yml
	mv target/exposures.yml models/marts/_exposures_of_pages.yml

clean: ## Stop the embedded server and remove .venv (data in .warehouse stay)
	@test ! -x $(BIN)/python || $(BIN)/python -m warehouse down || true
	rm -rf .venv target logs *.egg-info

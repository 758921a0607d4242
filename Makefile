# make run, make test: the two commands of the README. Each prepares what it needs; a second time costs nothing.

PORT ?= 8000
LIBRARIES = certify/static/check/libraries/ed25519.js

.PHONY: help run test check bench messages lock
.DEFAULT_GOAL := help

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s  %s\n", $$1, $$2 }' Makefile

run: .venv/packages .venv/system-run $(LIBRARIES) ## serve the demonstration on http://127.0.0.1:8000 (PORT=8080 changes it)
	@PORT=$(PORT) CERTIFY_DEMONSTRATION=1 exec .venv/bin/python -m flask --app certify serve --port $(PORT)

test: check .venv/system-run .venv/system-test $(LIBRARIES) ## run everything: lint, layers, rules, database, pages, papers, browser
	@.venv/bin/python -m pytest -n 2 --dist loadfile --ignore tests/browser
	@.venv/bin/python -m pytest tests/browser

check: .venv/packages ## lint, and hold the layers
	@.venv/bin/ruff check --quiet --output-format concise
	@.venv/bin/lint-imports --no-logo

bench: .venv/packages .venv/system-run ## measure each figure against its limit
	@status=0; for script in bench/[a-z]*.py; do .venv/bin/python $$script || status=1; done; exit $$status

messages: .venv/packages ## bring the catalogues up to the screens; then translate what is empty in certify/translations
	@cd certify && ../.venv/bin/pybabel -q extract -F translations/babel.cfg -k N_ -k _l -k remark --sort-output --no-location \
		--no-wrap -o translations/messages.pot .
	@cd certify && ../.venv/bin/pybabel -q update -i translations/messages.pot -d translations --no-wrap --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date; rm translations/messages.pot
	@sed -i -E -e '/^"(Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):/d' -e '$${/^$$/d}' \
		certify/translations/*/LC_MESSAGES/messages.po

lock: ## choose the versions of the Python packages anew (needs Python 3.11, so that the lock serves 3.11 and later)
	@python3.11 -m venv build/lock && build/lock/bin/pip install -q pip-tools
	@build/lock/bin/pip-compile -q --upgrade --extra=test --generate-hashes --allow-unsafe --strip-extras \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock setup.cfg

.venv/packages: requirements.lock
	@setup/prepare.sh packages

$(LIBRARIES): setup/browser/package-lock.json .venv/packages
	@setup/prepare.sh libraries

.venv/system-run .venv/system-test: .venv/system-%: setup/prepare.sh .venv/packages
	@setup/prepare.sh system $*

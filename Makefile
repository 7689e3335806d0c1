# What people run. Every target does its own set-up.
export CGO_ENABLED := 0
GO ?= go
# How long each fuzz target runs.
FUZZTIME ?= 20s
# Test binaries at a time, and the bound for the whole of each.
TESTPARALLEL ?= 2
TESTTIMEOUT ?= 12m

.DEFAULT_GOAL := build
.PHONY: build test test-wordpress check bench fuzz fmt mysqld playground clean

build: ## bin/shardway
	$(GO) build -trimpath -o bin/shardway ./cmd/shardway

mysqld: ## bin/mysqld and bin/mysql: found on this machine, or fetched
	@scripts/get-mysql

test: mysqld build ## all tests, on real MySQL and etcd
	$(GO) test -p $(TESTPARALLEL) -timeout $(TESTTIMEOUT) ./...

test-wordpress: mysqld build ## a WordPress before and after its server is adopted; fetches 75 MB once, on Debian
	scripts/wordpress
	$(GO) test -tags wordpress -timeout $(TESTTIMEOUT) ./integration/wordpress

check: ## formatting, linters, and the rules of the house
	scripts/check

fuzz: ## each fuzz target for FUZZTIME
	scripts/fuzz $(FUZZTIME)

bench: mysqld build ## what a query costs through the proxy, through HAProxy and direct
	scripts/bench

fmt:
	$(GO) tool gofumpt -w $$(git ls-files '*.go')

playground: mysqld build ## a whole sharded, replicated cluster on this machine; Ctrl-C ends it
	@bin/shardway playground

clean:
	rm -rf bin

# What people run. Every target does its own set-up.
export CGO_ENABLED := 0
GO ?= go
# One way of compiling for the program and for tests, so that what one has compiled the other uses.
export GOFLAGS := $(shell $(GO) env GOFLAGS) -trimpath
# How long each fuzz target runs.
FUZZTIME ?= 20s
# How long random SQL runs, and the first seed.
SQLTIME ?= 10m
SEED ?= 1
# How many rounds docs/atomicity.md is to have, how many runs of each drill docs/drills.md.
DRILLS ?= 500
RUNS ?= 20
# Names of the drills to run, parted by commas; none stands for all. What they break: playground, or compose, as root.
ONLY ?=
AGAINST ?= playground
# How long a soak is, the time between its faults, and how many faults docs/soak.md is to have at least.
TIME ?= 30m
EVERY ?= 20s
FAULTS ?= 1
# Test binaries at a time, and the bound for the whole of each.
TESTPARALLEL ?= 2
TESTTIMEOUT ?= 60m

.DEFAULT_GOAL := build
# What test-drills runs: clusters that are broken on purpose, for long; and of ./integration the stories
# in which servers die at each phase of a move.
DRILLING := ./integration/drill ./integration/containers
DEATHS := ^Test(ServersDieWhile|ALeaderOfEtcdStops)
.PHONY: build test test-drills test-wordpress check bench drills growth soak fuzz fuzz-sql fmt mysqld playground images up down clean

build: ## bin/shardway
	$(GO) build -o bin/shardway ./cmd/shardway

mysqld: ## bin/mysqld and bin/mysql: found on this machine, or fetched
	@scripts/get-mysql

# Without vet, which make check runs.
test: mysqld build ## all tests but those of test-drills, on real MySQL and etcd
	$(GO) test -vet=off -skip '$(DEATHS)' -p $(TESTPARALLEL) -timeout $(TESTTIMEOUT) $$($(GO) list ./... | grep -vxF "$$($(GO) list $(DRILLING))")

test-drills: mysqld build ## some of each kind of drill: playgrounds and, with a Docker engine, containers are broken under load
	$(GO) test -vet=off -p 1 -timeout $(TESTTIMEOUT) $(DRILLING)
	$(GO) test -vet=off -run '$(DEATHS)' -timeout $(TESTTIMEOUT) ./integration

test-wordpress: mysqld build ## a WordPress before and after its server is adopted; fetches 75 MB once, on Debian
	scripts/wordpress
	$(GO) test -tags wordpress -timeout $(TESTTIMEOUT) ./integration/wordpress

check: ## formatting, linters, and the rules of the house
	scripts/check

fuzz: ## each fuzz target for FUZZTIME
	scripts/fuzz $(FUZZTIME)

fuzz-sql: mysqld build ## random SQL for SQLTIME, compared with plain MySQL; SEED begins elsewhere
	$(GO) test -run '^TestFuzzSQL$$' -timeout 0 -v ./integration -args -sql.duration=$(SQLTIME) -sql.seed=$(SEED)

bench: mysqld build ## what a query costs through the proxy, through HAProxy and direct; planning; several shards
	scripts/bench
	$(GO) test -run '^$$' -bench PlanCacheHit -count 5 ./router
	$(GO) test -run '^$$' -bench TwoGroups -benchtime 200x -count 5 ./router
	$(GO) test -run '^$$' -bench FourShards -count 5 ./integration/workload
	$(GO) test -run '^$$' -bench . -benchtime 3x ./reshard/flow
	$(GO) test -run '^TestClientsBesideACopy$$' -count=1 -v ./integration -args -reshard.beside=20s

drills: mysqld build ## RUNS of each drill and DRILLS rounds of the bank drill, gone on with where docs/drills.md and docs/atomicity.md end
	$(GO) test -run '^TestMatrix$$' -v -timeout 0 ./integration/drill -args -runs $(RUNS) -page $(CURDIR)/docs/drills.md -only '$(ONLY)' -against $(AGAINST)
	$(GO) test -run TestBank -v -timeout 0 ./integration/drill -args -rounds $(DRILLS) -table $(CURDIR)/docs/atomicity.md
	$(MAKE) growth

growth: mysqld build ## 1 GB moves from one group to two, four, three, and on, while TPC-C and sysbench work, which must be installed
	$(GO) test -run '^TestATeamGrows$$' -v -timeout 0 ./integration/workload -args -tpcc-warehouses 10 -tpcc-items 100000 -tpcc-customers 3000 -single-rows 1000000 -sysbench sysbench -to-and-fro

soak: mysqld build ## a cluster broken at random for TIME, from SEED on, until docs/soak.md has FAULTS
	$(GO) test -run '^TestSoak$$' -v -timeout 0 ./integration/drill -args -soak.for $(TIME) -soak.every $(EVERY) -soak.check 2m -soak.seed $(SEED) -soak.faults $(FAULTS) -soak.page $(CURDIR)/docs/soak.md

fmt:
	$(GO) tool gofumpt -w $$(git ls-files '*.go')

playground: mysqld build ## a whole sharded, replicated cluster on this machine; Ctrl-C ends it
	@bin/shardway playground

images: ## the images of docker-compose.yml: ours built, the others pulled or, where nothing can be pulled, made here
	@scripts/images

up: ## docker-compose.yml: the same cluster and more of it in containers, behind HAProxy
	@scripts/stack up

down: ## ends what make up started; VOLUMES=1 removes the data, too
	@scripts/stack down $(if $(VOLUMES),--volumes)

clean:
	rm -rf bin

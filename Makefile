SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

NESTED := $(patsubst %/go.mod,%,$(shell find . -mindepth 2 -name go.mod -not -path '*/controlplane/binaries/*' -not -path './internal/foreign/*'))
BENCH ?= .
N ?= 10000
SEED ?= 1
SEEDS ?= 1

.PHONY: help
help: ## List the targets (the default)
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-12s %s\n", $$1, $$2}'

.PHONY: test
test: ## Run the tests
	go test ./...

.PHONY: race
race: ## Run the tests under the race detector, in random order
	go test -race -shuffle=on ./...

.PHONY: chaos
chaos: ## Run N random schedules of faults, beginning with SEED
	CHAOS_SEED=$(SEED) CHAOS_N=$(N) go test -count 1 -timeout 0 -run '^TestChaos$$' -v ./internal/e2e | grep -v -- '--- PASS.*/seed\|=== '

.PHONY: explore
explore: ## Try every interleaving of events in small worlds of the lane; WORLD=name, MISHAPS=n, STATES=n, DEPTH=n for more
	@EXPLORE=1 WORLD='$(WORLD)' MISHAPS='$(MISHAPS)' STATES='$(STATES)' DEPTH='$(DEPTH)' \
		go test -count 1 -timeout 0 -run '^TestExplore$$' -v ./internal/lane | grep -v -- '^=== RUN\|^PASS$$'

.PHONY: explore-bugs
explore-bugs: ## Explore the lane with each deliberate bug, and print after how many states it is found; BUG=text for some
	@BUGS=1 BUG='$(BUG)' go test -count 1 -timeout 0 -run '^TestBugs$$' -v ./internal/lane | grep -v -- '^=== RUN\|^PASS$$'

.PHONY: mutants
mutants: ## Change the code of PKG in one place at a time, and list the changes that no test detects; SAMPLE=n and SEED for some
	go run ./internal/mutants -equivalent internal/mutants/equivalents.txt \
		$(if $(SAMPLE),-sample $(SAMPLE) -seed $(SEED)) $(MUTANTFLAGS) $(or $(PKG),./internal/lane)

.PHONY: codes
codes: ## Change 50 random rules of each table of codes, and fail if a test does not detect one; SEED=n
	@CODES_SEED=$(SEED) go test -count 1 -run '^TestCodes$$' -v ./aliyun ./tencent | grep -v '^=== '

.PHONY: storm
storm: ## Run storms of callers in virtual time; SEED, SEEDS, output files JSON and SVG, filters CLOUD, STORM, QUOTA, CLIENT
	@cd internal/bench && go test -count 1 -timeout 0 -run '^TestStorm$$' -v . -args -play -seed $(SEED) -seeds $(SEEDS) \
		-json '$(if $(JSON),$(abspath $(JSON)))' -svg '$(if $(SVG),$(abspath $(SVG)))' \
		-cloud '$(CLOUD)' -storm '$(STORM)' -client '$(CLIENT)' -quota '$(or $(QUOTA),0)' \
		| grep -v -- '^ *--- PASS\|^=== \|^PASS$$\|^ok '

.PHONY: lint
lint: ## Run the linter on every module
	.ci/lint

.PHONY: fmt
fmt: ## Format the code, and add licence headers
	gofmt -w .
	.ci/headers

.PHONY: vet
vet: ## Run go vet on every module
	for dir in . $(NESTED); do (cd $$dir && go vet ./...); done

.PHONY: quickstart
quickstart: ## Run the quickstart example
	go run ./examples/quickstart

.PHONY: parity
parity: ## Run the tests of the nested modules, such as the comparison with the vendors' clients
	for dir in $(NESTED); do (cd $$dir && go test ./...); done

.PHONY: foreign
foreign: ## Run the vendors' own clients, for Go and Node, against the fake clouds; WRITE=1 writes the tables
	.ci/foreign -count 1 $(if $(WRITE),. -args -write)

.PHONY: bench
bench: ## Run all benchmarks, also those of the vendors' clients, and print one table
	@for dir in . $(NESTED); do \
		(cd $$dir && go test -run '^$$' -bench '$(BENCH)' -benchmem ./...); \
	done | awk -f .ci/bench.awk

.PHONY: cover
cover: ## Run the tests and print the coverage of each function
	go test -coverpkg=./... -coverprofile=cover.prof ./...
	go tool cover -func=cover.prof

.PHONY: coldbuild
coldbuild: ## Measure what the library adds to a program's cold build
	.ci/coldbuild

.PHONY: versions
versions: ## Set VERSION of this repository's modules in the nested go.mod files
	@go -C internal/release run . -C ../.. -versions -version '$(VERSION)'

.PHONY: release
release: ## Check VERSION, make its release commit and print the commands for its tags; pushes nothing
	@go -C internal/release run . -C ../.. -version '$(VERSION)'

.PHONY: ci
ci: ## Run all checks that a change must pass before it is merged
	bash .ci/run

ENICTL := go -C examples/enictl run .

.PHONY: kills
kills: N = 200
kills: ## Kill enictl during the deletion of 50 interfaces and run it again, in N rounds beginning with SEED
	@KILLS=$(N) KILLS_SEED=$(SEED) go -C examples/enictl test -count 1 -timeout 0 -run '^TestKilledDelete$$' -v . \
		| grep -v -- '^ *--- PASS.*/seed\|^=== \|: killed '

.PHONY: live
live: ## Play the contract against a real account, see internal/live/README.md; CLEAN=1 deletes what a crash has left
	@go -C internal/live build -o '$(CURDIR)/bin/live' .
	@LIVE_DIR='$(or $(LIVE_DIR),$(CURDIR)/dist/live)' CLEAN='$(CLEAN)' RUN='$(RUN)' YES='$(YES)' bin/live

.PHONY: live-kills
live-kills: N = 50
live-kills: ## Kill make live in the middle of N runs against the fake clouds, from SEED on, and clean up
	@KILLS=$(N) KILLS_SEED=$(SEED) go -C internal/live test -count 1 -timeout 0 -run '^TestKilled$$' -v . \
		| grep -v -- '^ *--- PASS.*/seed\|^=== '

.PHONY: man
man: ## Write enictl's manual page to dist/man
	@mkdir -p dist/man
	$(ENICTL) man >dist/man/enictl.1

.PHONY: completions
completions: ## Write enictl's completions for bash, zsh, fish and PowerShell to dist/completions
	@mkdir -p dist/completions
	$(ENICTL) completion bash >dist/completions/enictl.bash
	$(ENICTL) completion zsh >dist/completions/_enictl
	$(ENICTL) completion fish >dist/completions/enictl.fish
	$(ENICTL) completion powershell >dist/completions/enictl.ps1

.PHONY: clean
clean: ## Delete the files that the targets create
	rm -rf bin dist *.prof *.test

# Everything runs with Go 1.26 and a C compiler; "generate" and the tests with npm clients need Node 20 or newer.
# -trimpath and no build tags, for whatever is compiled from here: go-ethereum is large, and so builds and tests share
# one build cache. It keeps the directory out of the program, which is the same to the byte wherever it is built.

GO          ?= go
export GOFLAGS := $(filter-out -trimpath,$(GOFLAGS)) -trimpath
STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
CYCLONEDX   ?= github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@v1.10.0

# Every test runs once. All packages are tested under the race detector by what "go test -short" leaves; what it cuts,
# because it takes networks or long, runs in full without. TestLong... takes minutes and comes last. Vet has its own target.
holding = $(shell grep -rlE --include='*_test.go' '$(1)' . | xargs -n1 dirname | sort -u)
FULL    = ./test/e2e $(filter-out ./test/e2e,$(call holding,testing\.Short\(\))) # the longest begins
LONG    = $(call holding,^func TestLong)
GOTEST  = .ci/step "$@" $(GO) test -count=1 -vet=off -p 2 -timeout 50m

# The race detector looks at each access to memory, which makes arithmetic ten times as slow. These packages, none of them
# ours, have nothing but arithmetic on values of their caller: no goroutine, nothing that two calls share after the start. They are
# compiled without it. What calls them is watched as ever.
ARITHMETIC = github.com/decred/dcrd/dcrec/secp256k1/v4 github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa \
	github.com/ethereum/go-ethereum/crypto/keccak github.com/holiman/uint256 golang.org/x/crypto/scrypt
RACE       = -race $(foreach package,$(ARITHMETIC),-gcflags=$(package)=-race=false)

# End-to-end tests that run geth-ss itself under the race detector: all doors and protocols, on one node and on four. Not
# those that promise something within seconds.
RACE_E2E ?= ^(TestSingleServer|TestPermissions)$$

.PHONY: help build devnet test lint race race-program nocgo bench soak dudect fuzz mutants generate licences vulncheck reproducible sbom clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## the program, as build/geth-ss
	$(GO) build -o build/geth-ss ./cmd/geth-ss

devnet: build ## run a network of four with its demonstration, until Ctrl-C
	build/geth-ss devnet $(ARGS)

# go test is silent about skipped tests, and these must not go unnoticed. With -j 2, what computes runs beside what waits.
test: test-node test-full test-race test-long ## all tests, real processes and real clients included

.PHONY: test-node test-full test-race test-long
test-node:
	@node -e 'process.exit(+(process.versions.node.split(".")[0] < 20))' 2>/dev/null || \
		echo "SKIPPED without Node.js 20 or newer: the tests with npm clients (a failure with CI=true)"
	@command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || echo "SKIPPED without nginx: the test with nginx in front (a failure with CI=true)"

test-full test-long: export GETH_SS_BINARY ?= $(CURDIR)/build/geth-ss
test-full: build ## those that wait for real processes, or take long, without the race detector
	@$(GOTEST) -run '$(shell .ci/cut $(FULL))' -skip '^TestLong' $(FULL)

test-race: ## those of all packages that take no processes, under the race detector
	@$(GOTEST) $(RACE) -short $$($(GO) list ./... | grep -v /test/e2e$$)
	@cd test/wycheproof && $(GO) test -count=1 -vet=off .

test-long: build ## the longest: TestLong...
	@$(GOTEST) -run '^TestLong' $(LONG)

lint: vet staticcheck ## gofmt, vet and staticcheck

.PHONY: vet staticcheck
vet:
	@bad=$$(git ls-files '*.go' | xargs gofmt -l); [ -z "$$bad" ] || { echo "not gofmt'ed:"; echo "$$bad"; exit 1; }
	@.ci/step "$@" $(GO) vet ./...
	@cd bench/drand && $(GO) vet .
	@cd bench/tss && $(GO) vet .
	@cd test/wycheproof && $(GO) vet .

# It looks at all of go-ethereum as well and makes garbage of it; to collect that less often takes a quarter off its time.
staticcheck:
	@GOGC=400 GOMEMLIMIT=3GiB .ci/step "$@" $(GO) run $(STATICCHECK) ./...

race: test-race race-program ## all packages' tests, and the program itself, under the race detector

race-program: ## end-to-end tests of the program built with the race detector
	@$(GO) build $(RACE) -o build/geth-ss-race ./cmd/geth-ss
	@rm -f build/race.*
	@GORACE=log_path=$(CURDIR)/build/race GETH_SS_BINARY=$(CURDIR)/build/geth-ss-race $(GOTEST) -run '$(RACE_E2E)' ./test/e2e
	@! cat build/race.* 2>/dev/null

nocgo: ## build the program without cgo, as build/geth-ss-nocgo, and see that it refuses to use keys
	CGO_ENABLED=0 $(GO) build -o build/geth-ss-nocgo ./cmd/geth-ss
	GETH_SS_NOCGO=$(CURDIR)/build/geth-ss-nocgo $(GO) test ./cmd/geth-ss -run '^TestWithoutCgo$$' -count=1

bench: build ## measure reads, signatures, key generation, start-up, stored keys and memory on devnets, and gas
ifeq (,$(findstring -only,$(ARGS)))
	$(GO) test ./contracts -run 'TestReceiptGas$$' -count=1 -v
	$(GO) test ./client/document -run '^$$' -bench Encrypt
	$(GO) test ./service -run 'TestFloodsOfOpenings$$' -count=1 -v -floods.judge
	cd bench/drand && $(GO) run . && $(GO) run . -anew && $(GO) run . -anew -n 64 -t 31 -rounds 1
	cd bench/tss && $(GO) run .
endif
	$(GO) run ./test/bench -binary build/geth-ss $(ARGS)

# How long each of the long forms goes on, and their seed; without one they draw it and print it.
FOR  ?= 20m
SEED ?=

soak: build ## the long forms of tests with faults, each for FOR=20m: networks of 4 and of 7, the protocols, the chain
	$(GO) run ./test/soak -binary build/geth-ss -nodes 4 -for $(FOR) $(if $(SEED),-seed $(SEED)) $(ARGS)
	$(GO) run ./test/soak -binary build/geth-ss -nodes 7 -for $(FOR) $(if $(SEED),-seed $(SEED)) $(ARGS)
	$(GO) test ./protocol/sessiontest -run 'TestSimulation$$' -count=1 -v -timeout 0 -simulate.for $(FOR) $(if $(SEED),-seed $(SEED))
	$(GO) test ./protocol/sessiontest -run 'TestSimulationOfChanges$$' -count=1 -v -timeout 0 -simulate.changes 10000 $(if $(SEED),-seed $(SEED))
	GETH_SS_BINARY=$(CURDIR)/build/geth-ss $(GO) test ./test/e2e -run '^(TestKillRounds|TestLongChain|TestServersChange.*|TestBackupsOfBefore|TestKeysOutliveTheirServers)$$' -count=1 -v -timeout 0 \
		-rounds.for $(FOR) -long-chain 2000 -servers.fail -servers.keys 200 -change-kills 10 $(if $(SEED),-seed $(SEED))

dudect: ## look for secrets in the time that computations with them take: ARGS='-for 1m -only sealing'
	$(GO) run ./test/dudect $(ARGS)

fuzz: ## run every fuzz target of the module for FUZZTIME=5s, guided by all code or by FUZZ_GUIDED=PATTERN
	@GO=$(GO) .ci/step "$@" .ci/fuzz "$(FUZZTIME)" $(FUZZ_GUIDED)

mutants: ## lose each check by itself, in at most three hours, and list those that no test misses
	GO=$(GO) $(GO) run ./test/mutants $(ARGS)

generate: ## compile the contracts and write their Go bindings anew
	@.ci/step "$@" $(GO) generate ./contracts

licences: ## check that every dependency's licence goes with ours
	@.ci/step "$@" .ci/licences

vulncheck: ## look for known vulnerabilities that the program reaches
	@.ci/step "$@" .ci/vulncheck

reproducible: ## build the last commit twice, in two directories with caches of their own, and compare: takes two whole builds
	@GO=$(GO) .ci/step "$@" .ci/reproducible

sbom: build ## list the modules that build/geth-ss is linked of, as build/geth-ss.cdx.json (CycloneDX)
	$(GO) run $(CYCLONEDX) bin -json -std -output build/geth-ss.cdx.json build/geth-ss

clean: ## remove what was built
	rm -rf build

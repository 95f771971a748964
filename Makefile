# Everything here is a short name for a command that works without make.
CONFIG ?= spacebridge.yaml
SEEDS ?= 20000
KILLS ?= 500

.DEFAULT_GOAL := help
.PHONY: help build run demo test race proof lint check fmt tidy

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-6s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build both programs into bin/
	go build -o bin/ ./cmd/spacebridge ./cmd/spacebridge-worker

run: ## run the daemon with CONFIG, by default spacebridge.yaml
	go run ./cmd/spacebridge run -c $(CONFIG)

demo: ## see it work: both vendors, Temporal and the daemon on this machine, no account needed
	go run ./cmd/spacebridge demo

test: ## run all tests
	go test ./...

race: ## run all tests with the race detector, which needs a C compiler
	go test -race ./...

proof: ## prove exactly once and write the results into docs/exactly-once.md; takes hours, SEEDS=200 KILLS=10 takes minutes
	go run ./worker/proof -write -seeds $(SEEDS) -kills $(KILLS)

lint: ## run the linters; the first run builds them into .tools/, which takes minutes
	.ci/run lint workflows

check: ## all that a change must pass: format, vet, lint, race
	.ci/run format vet lint workflows race

fmt: ## format the code
	.ci/run tools
	.tools/bin/golangci-lint fmt ./...

tidy: ## bring go.mod and go.sum up to date
	go mod tidy

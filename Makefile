# The menu of this repository: `make help`. What runs installs what it needs first (pinned, into the checkout).
SHELL := /bin/bash
# The targets share installed packages and generated files: with -j, too, one after the other.
.NOTPARALLEL:
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.tools/node_modules/.bin:$(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help setup dev db-reset databases seed-mock-data seed-scale traffic smoke-test test test-unit test-native \
	test-afxdp test-vm test-images test-databases test-integration test-e2e bench bench-afxdp verify ci generate build \
	charts images alpha alpha-down smoke-alpha deploy-alpha deploy-beta register-marchproxy format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  \033[36m%-18s\033[0m%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install the pinned Node, pnpm and packages (every target does it by itself)
	@scripts/bootstrap.sh
	@node scripts/build-native.ts

dev: setup ## Start everything for development, with restart on change
	@exec node scripts/dev.ts

db-reset: setup ## Drop the data of make dev; names it and asks first (YES=1 answers)
	@exec node scripts/db-reset.ts

databases: setup ## Start empty servers for tests and print their URLs: make databases ARGS="postgres redis"
	@exec node scripts/databases/run.ts $(ARGS)

seed-mock-data: setup ## Put realistic data into the running development stack
	@exec node scripts/seed-mock-data.ts

seed-scale: setup ## Fill the data of make dev with 1,000,000 users, 5,000,000 audit entries, 100,000 rules
	@exec node scripts/seed-scale.ts $(ARGS)

traffic: setup ## Send UDP flows to the data plane: make traffic ARGS="--help"
	@exec node scripts/traffic.ts $(ARGS)

smoke-test: setup ## Build, start and check the essentials in a browser, in under 2 minutes
	@exec node scripts/smoke-test.ts

test: setup ## Run every test: unit, native, AF_XDP, emulated machines, images, databases, integration, end to end, smoke
	@exec node scripts/test.ts unit native afxdp vm images databases integration e2e smoke

test-unit: setup ## Run the tests beside the code (ONLY=services/api: those of one folder)
	@exec node scripts/test.ts unit

test-native: setup ## Test the C core of the AF_XDP addon: sanitizers, fuzzing (FUZZ_SECONDS=30), arm64
	@exec node scripts/test.ts native

test-afxdp: setup ## Test AF_XDP in network namespaces, with the real kernel (root)
	@exec node scripts/test.ts afxdp

test-vm: setup ## Test AF_XDP on emulated machines: two NUMA nodes, zero-copy, an older kernel
	@exec node scripts/test.ts vm

test-images: setup ## Build the three images and test them in containers (podman; root)
	@exec node scripts/test.ts images

test-databases: setup ## Test the API's data on real PostgreSQL, MySQL and MariaDB servers
	@exec node scripts/test.ts databases

test-integration: setup ## Run the tests across real processes
	@exec node scripts/test.ts integration

test-e2e: setup ## Run the tests in Chromium through the real proxy
	@exec node scripts/test.ts e2e

bench: setup ## Measure the hot paths on this machine
	@exec node scripts/bench.ts $(ARGS)

bench-afxdp: setup ## Measure AF_XDP against plain C and Node dgram; needs root and 2 CPUs (ARGS="--only echo")
	@exec scripts/in-network-namespace.sh node services/fastpath/bench/afxdp/afxdp.bench.ts $(ARGS)

verify: setup ## Check format, lint, types, import direction, dead code, generated files, API compatibility
	@exec node scripts/verify.ts

ci: setup ## What CI runs: verify and test, with one sum as the last line
	@exec node scripts/test.ts verify unit native afxdp vm images databases integration e2e smoke

generate: setup ## Write every generated file again
	@exec scripts/generate.sh

build: setup ## Build the browser bundle
	@exec node scripts/build.ts

charts: setup ## Lint the Helm charts, render them and package them into dist/charts
	@exec node scripts/charts.ts

images: setup ## Build the three container images with docker, podman or buildah (ARGS="--help")
	@exec node scripts/images.ts $(ARGS)

alpha: setup ## Build, load and start everything on the local cluster of kubectl's context
	@exec node scripts/alpha.ts

alpha-down: setup ## Delete it, data included; names it and asks first (YES=1 answers)
	@exec node scripts/alpha.ts down

smoke-alpha: setup ## Check what make alpha started
	@exec node scripts/smoke-alpha.ts

deploy-alpha: setup ## Apply the alpha overlay and wait (OVERLAY=, CONTEXT=, IMAGE_REGISTRY=, IMAGE_TAG=)
	@exec node scripts/deploy.ts alpha

deploy-beta: setup ## Check, show the difference, ask, apply beta and wait: CONTEXT= IMAGE_REGISTRY= IMAGE_TAG=
	@exec node scripts/deploy.ts beta

register-marchproxy: setup ## Put config/marchproxy/services.json into a MarchProxy
	@exec node scripts/marchproxy.ts $(ARGS)

format: setup ## Format and fix what can be fixed
	@exec biome check --write .

clean: ## Remove what builds and runs left; keeps the installed tools, and your data (make db-reset drops that)
	@rm -rf test-results services/webui/dist services/fastpath/build services/fastpath/xdp-socket-native/{build,dist}

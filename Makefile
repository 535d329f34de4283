# The tools are built into a cache outside the repository, one directory a version.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/chroma-fn
export CHROMA_FN_CACHE ?= $(CACHE)
GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(CACHE)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint
HELM_VERSION := v3.22.0
HELM := $(CACHE)/helm-$(HELM_VERSION)/helm
KUSTOMIZE := $(CACHE)/kustomize-for-bench/kustomize

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
IMAGE ?= ghcr.io/chromafn/chroma-fn
BIN ?= bin
CONTAINER_ENGINE ?= $(shell command -v docker || command -v podman)
LDFLAGS := -s -w -X main.buildVersion=$(VERSION) -X main.imageRepository=$(IMAGE)

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/chroma-fn, one static binary.
	CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o $(BIN)/chroma-fn ./cmd/chroma-fn

.PHONY: image
image: ## Build the container image, $(IMAGE):$(VERSION); IMAGE_FLAGS go to docker or podman.
	$(CONTAINER_ENGINE) build $(IMAGE_FLAGS) --build-arg VERSION=$(VERSION) --build-arg IMAGE=$(IMAGE) -t $(IMAGE):$(VERSION) .

.PHONY: test
test: ## Run the tests; Go is all they need.
	go test ./...

# One package at a time and -v: go test shows what it does at once, a first build of minutes included. More tests at
# once than processors: those of the servers mostly wait.
.PHONY: e2e
e2e: ## Run the end-to-end tests; they build their own Kubernetes control plane.
	cd tests/e2e && go vet ./... && go test ./... -v -p 1 -parallel 8 -count=1 -timeout 60m

.PHONY: golden
golden: ## Write the goldens anew; review the difference.
	go test ./tests/... -update

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Check the code's form.
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "run make fmt: $$unformatted"; exit 1; }
	go vet ./...
	$(GOLANGCI_LINT) run ./...
	cd tests/e2e && $(GOLANGCI_LINT) run -c ../../.golangci.yaml ./...

.PHONY: fmt
fmt: ## Format the code.
	gofmt -w .

.PHONY: generate
generate: ## Write the generated pages and the JSON Schema.
	go run ./cmd/docgen

.PHONY: verify
verify: generate ## Check that generated files are fresh and go.mod is tidy.
	go mod tidy -diff
	cd tests/e2e && go mod tidy -diff
	git diff --exit-code -- fn/config/REFERENCE.md fn/version/VERSIONS.md fn/schema/chromaconfig.schema.json || { echo 'the generated pages were stale; commit them'; exit 1; }

.PHONY: bench
bench: build $(HELM) $(KUSTOMIZE) ## Measure against the peers; CHART=DIR names a checkout of the Helm chart.
	go test -run '^$$' -bench . -benchmem ./fn
	tests/bench/run.sh $(BIN)/chroma-fn $(HELM) '$(CHART)'
	tests/bench/hosts.sh $(BIN)/chroma-fn $(KUSTOMIZE)

FUZZTIME ?= 60s
.PHONY: fuzz
fuzz: ## Feed the function and the resource with anything, each for FUZZTIME.
	go test -run '^$$' -fuzz '^FuzzStream$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./fn
	go test -run '^$$' -fuzz '^FuzzSpec$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 20x ./fn

.PHONY: clean
clean: ## Remove what was built.
	rm -rf bin dist

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(HELM):
	GOBIN=$(@D) go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)

$(KUSTOMIZE): tests/e2e/tools/kustomize/go.mod
	cd tests/e2e/tools/kustomize && CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $@ sigs.k8s.io/kustomize/kustomize/v5

# The tools are built into a cache outside the repository, one directory a version.
CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/chroma-fn
GOLANGCI_LINT_VERSION := v2.15.0
GOLANGCI_LINT := $(CACHE)/golangci-lint-$(GOLANGCI_LINT_VERSION)/golangci-lint
HELM_VERSION := v3.22.0
HELM := $(CACHE)/helm-$(HELM_VERSION)/helm

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
IMAGE ?= ghcr.io/chromafn/chroma-fn
LDFLAGS := -s -w -X main.buildVersion=$(VERSION) -X main.imageRepository=$(IMAGE)

.PHONY: help
help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "%-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build bin/chroma-fn, one static binary.
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o bin/chroma-fn ./cmd/chroma-fn

.PHONY: test
test: ## Run the tests; Go is all they need.
	go test ./...

.PHONY: golden
golden: ## Write the goldens anew; review the difference.
	go test ./tests/... -update

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Check the code's form.
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "run make fmt: $$unformatted"; exit 1; }
	go vet ./...
	$(GOLANGCI_LINT) run ./...

.PHONY: fmt
fmt: ## Format the code.
	gofmt -w .

.PHONY: generate
generate: ## Write the generated pages.
	go run ./cmd/docgen

.PHONY: verify
verify: generate ## Check that generated files are fresh and go.mod is tidy.
	go mod tidy -diff
	git diff --exit-code -- fn/config/REFERENCE.md fn/version/VERSIONS.md || { echo 'the generated pages were stale; commit them'; exit 1; }

.PHONY: bench
bench: build $(HELM) ## Measure against the peers; CHART=DIR names a checkout of the Helm chart.
	go test -run '^$$' -bench . -benchmem ./fn
	tests/bench/run.sh bin/chroma-fn $(HELM) '$(CHART)'

.PHONY: clean
clean: ## Remove what was built.
	rm -rf bin dist

$(GOLANGCI_LINT):
	GOBIN=$(@D) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT_VERSION)

$(HELM):
	GOBIN=$(@D) go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)

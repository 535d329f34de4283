//go:build tools

// Package tools pins the helm that the end-to-end tests and benchmarks build.
package tools

import _ "helm.sh/helm/v3/cmd/helm"

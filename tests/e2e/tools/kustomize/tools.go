//go:build tools

// Package tools pins the kustomize that the end-to-end tests build.
package tools

import _ "sigs.k8s.io/kustomize/kustomize/v5"

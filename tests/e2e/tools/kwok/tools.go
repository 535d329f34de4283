//go:build tools

// Package tools pins the kwok that the end-to-end tests build.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"

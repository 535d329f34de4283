package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// check reads a resource as strictly as the API server that knows its definition, and answers its kind. It needs no
// server.
func check(_ context.Context, _ string, resource json.RawMessage) (any, error) {
	var kind struct{ Kind string }
	if err := json.Unmarshal(resource, &kind); err != nil {
		return nil, err
	}
	switch kind.Kind {
	case "Application":
		return kind.Kind, decode(resource, &v1alpha1.Application{})
	case "ApplicationSet":
		return kind.Kind, decode(resource, &v1alpha1.ApplicationSet{})
	default:
		return nil, fmt.Errorf("%q is no kind of an example", kind.Kind)
	}
}

package fn

import (
	"fmt"
	"strings"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// fail adds an error about a node, which may be nil.
func (l *ResourceList) fail(node *yaml.RNode, field, format string, args ...any) {
	l.add(sdk.Error, node, field, fmt.Sprintf(format, args...))
}

func (l *ResourceList) add(severity sdk.Severity, node *yaml.RNode, field, message string) {
	result := &sdk.Result{Message: message, Severity: severity}
	if node != nil {
		result.ResourceRef = &sdk.ResourceRef{
			APIVersion: node.GetApiVersion(),
			Kind:       node.GetKind(),
			Name:       node.GetName(),
			Namespace:  node.GetNamespace(),
		}
		if path, index, err := kioutil.GetFileAnnotations(node); err == nil && path != "" {
			result.File = &sdk.File{Path: path, Index: atoi(index)}
		}
	}
	if field != "" {
		result.Field = &sdk.Field{Path: field}
	}
	l.Results = append(l.Results, result)
}

// atoi reads the index annotation, which is 0 where it is missing or broken.
func atoi(text string) int {
	n := 0
	for _, digit := range text {
		if digit < '0' || digit > '9' {
			return 0
		}
		n = n*10 + int(digit-'0')
	}
	return n
}

// Line words a result for people: where it is, then what it says.
func Line(result *sdk.Result) string {
	var where []string
	switch {
	case result.File != nil:
		where = append(where, result.File.Path)
	case result.ResourceRef != nil:
		where = append(where, result.ResourceRef.Kind+"/"+result.ResourceRef.Name)
	}
	if result.Field != nil {
		where = append(where, result.Field.Path)
	}
	message := result.Message
	if result.Severity != sdk.Error {
		message = string(result.Severity) + ": " + message
	}
	if len(where) == 0 {
		return message
	}
	return strings.Join(where, ":") + ": " + message
}

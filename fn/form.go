package fn

import (
	"errors"
	"fmt"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// checkForm refuses a list with items that are no Kubernetes objects: nothing could be told of them, and kyaml could
// not write them again.
func (l *ResourceList) checkForm() error {
	var problems []error
	for i, item := range l.Items {
		if complaint := Malformed(item); complaint != "" {
			problems = append(problems, fmt.Errorf("items[%d] %s", i, complaint))
		}
	}
	if !yaml.IsMissingOrNull(l.FunctionConfig) {
		if complaint := Malformed(l.FunctionConfig); complaint != "" {
			problems = append(problems, errors.New("functionConfig "+complaint))
		}
	}
	return errors.Join(problems...)
}

// Malformed says what keeps a node from being an object whose identity and annotations can be read; it is empty for an
// object. A ChromaConfig must write its metadata out, because its name says which objects are its own.
func Malformed(node *yaml.RNode) string {
	if node.IsNil() || node.YNode().Kind != yaml.MappingNode {
		return "is no object: it must be a map with apiVersion, kind and metadata"
	}
	metadata := child(node.YNode(), "metadata")
	if config.Is(node) && hasAlias(metadata) {
		return "is a ChromaConfig whose metadata holds YAML aliases; write its metadata out"
	}
	for _, name := range []string{"apiVersion", "kind"} {
		if value := child(node.YNode(), name); value != nil && value.Kind != yaml.ScalarNode {
			return name + " must be a string"
		}
	}
	if metadata != nil && metadata.Kind != yaml.MappingNode && !isNull(metadata) {
		return "metadata must be a map"
	}
	for _, name := range []string{"name", "namespace"} {
		if value := child(metadata, name); value != nil && value.Kind != yaml.ScalarNode {
			return "metadata." + name + " must be a string"
		}
	}
	for _, name := range []string{"annotations", "labels"} {
		if !isFlatMap(child(metadata, name)) {
			return "metadata." + name + " must be a map of strings"
		}
	}
	return ""
}

// isFlatMap reports whether a node is a map of scalars, or absent.
func isFlatMap(node *yaml.Node) bool {
	if node == nil || isNull(node) {
		return true
	}
	if node.Kind != yaml.MappingNode {
		return false
	}
	for _, inner := range node.Content {
		if inner = follow(inner); inner.Kind != yaml.ScalarNode {
			return false
		}
	}
	return true
}

// child returns the value of a key, its aliases followed; nil where there is none.
func child(node *yaml.Node, key string) *yaml.Node {
	if node == nil || node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return follow(node.Content[i+1])
		}
	}
	return nil
}

func follow(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

// hasAlias reports whether a node or one below it is an alias or a merge key. A node that was followed has no more of
// its own.
func hasAlias(node *yaml.Node) bool {
	if node == nil {
		return false
	}
	if node.Kind == yaml.AliasNode || node.Tag == "!!merge" {
		return true
	}
	return slices.ContainsFunc(node.Content, hasAlias)
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == yaml.NodeTagNull
}

// valueOf is the value of a scalar key, its aliases followed.
func valueOf(node *yaml.RNode, keys ...string) string {
	at := node.YNode()
	for _, key := range keys {
		at = child(at, key)
	}
	if at == nil || at.Kind != yaml.ScalarNode || isNull(at) {
		return ""
	}
	return at.Value
}

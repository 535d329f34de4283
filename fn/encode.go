package fn

import (
	"reflect"
	"slices"

	"sigs.k8s.io/kustomize/kyaml/kio/filters"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/manifests"
)

// zeroFields are what the Kubernetes types print although nobody wrote it. Only these are dropped, and only while
// empty: elsewhere an empty map means something (emptyDir, podSelector).
var zeroFields = [][]string{
	{"status"},
	{"spec", "updateStrategy"},
	{"spec", "template", "spec", "containers", "*", "resources"},
	{"spec", "template", "spec", "initContainers", "*", "resources"},
	{"spec", "volumeClaimTemplates", "*", "status"},
}

// encode turns a typed object into a YAML node, its fields in the order that kustomize and kpt write.
func encode(object manifests.Object) (*yaml.RNode, error) {
	content, err := nodeOf(reflect.ValueOf(object))
	if err != nil {
		return nil, err
	}
	// The status of a Service and an Ingress is a map of an empty map, so that it goes whatever it holds.
	if i := indexOf(content, "status"); i >= 0 {
		content.Content = slices.Delete(content.Content, i, i+2)
	}
	for _, path := range zeroFields {
		dropEmpty(content, path)
	}
	node := yaml.NewRNode(content)
	_, err = filters.FormatFilter{}.Filter([]*yaml.RNode{node})
	return node, err
}

// dropEmpty removes an empty map at a path, in which * stands for every entry of a list.
func dropEmpty(node *yaml.Node, path []string) {
	if node.Kind == yaml.SequenceNode {
		for _, item := range node.Content {
			dropEmpty(item, path[1:])
		}
		return
	}
	i := indexOf(node, path[0])
	if i < 0 {
		return
	}
	value := node.Content[i+1]
	switch {
	case len(path) > 1:
		dropEmpty(value, path[1:])
	case value.Kind == yaml.MappingNode && len(value.Content) == 0:
		node.Content = slices.Delete(node.Content, i, i+2)
	}
}

// indexOf finds a key of a map; it is negative where there is none.
func indexOf(node *yaml.Node, key string) int {
	for i := 0; node.Kind == yaml.MappingNode && i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == key {
			return i
		}
	}
	return -1
}

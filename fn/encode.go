package fn

import (
	"encoding/json"

	utiljson "k8s.io/apimachinery/pkg/util/json"
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
	// By way of JSON: apimachinery's converter to unstructured content takes ten times as long for the first object
	// of a process, and a process renders once.
	text, err := json.Marshal(object)
	if err != nil {
		return nil, err
	}
	content := map[string]any{}
	if err := utiljson.Unmarshal(text, &content); err != nil {
		return nil, err
	}
	// The status of a Service and an Ingress is a map of an empty map, so that it goes whatever it holds.
	delete(content, "status")
	for _, path := range zeroFields {
		dropEmpty(content, path)
	}
	document := &yaml.Node{}
	if err := document.Encode(content); err != nil {
		return nil, err
	}
	node := yaml.NewRNode(document)
	_, err = filters.FormatFilter{}.Filter([]*yaml.RNode{node})
	return node, err
}

// dropEmpty removes an empty map at a path, in which * stands for every entry of a list.
func dropEmpty(value any, path []string) {
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			dropEmpty(item, path[1:])
		}
	case map[string]any:
		inner, isMap := value[path[0]].(map[string]any)
		switch {
		case len(path) > 1:
			dropEmpty(value[path[0]], path[1:])
		case isMap && len(inner) == 0:
			delete(value, path[0])
		}
	}
}

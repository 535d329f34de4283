package fn

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

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
	node := yaml.NewRNode(nodeOf(content))
	_, err = filters.FormatFilter{}.Filter([]*yaml.RNode{node})
	return node, err
}

// nodeOf turns what JSON can hold into YAML nodes. The library's way writes text and parses it again.
func nodeOf(value any) *yaml.Node {
	switch value := value.(type) {
	case map[string]any:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
		for _, key := range slices.Sorted(maps.Keys(value)) {
			node.Content = append(node.Content, nodeOf(key), nodeOf(value[key]))
		}
		return node
	case []any:
		node := &yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq}
		for _, item := range value {
			node.Content = append(node.Content, nodeOf(item))
		}
		return node
	case string:
		node := &yaml.Node{Kind: yaml.ScalarNode}
		node.SetString(value)
		// kubectl reads YAML 1.1, to which yes, on and 12:30:45 are no strings.
		if mayBeNoString(value) && yaml.IsYaml1_1NonString(node) {
			node.Style = yaml.DoubleQuotedStyle
		}
		return node
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagBool, Value: strconv.FormatBool(value)}
	case int64:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagInt, Value: strconv.FormatInt(value, 10)}
	default:
		// The Kubernetes types that are emitted hold no other numbers, and null is never written.
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagNull, Value: "null"}
	}
}

// mayBeNoString tells most strings from those that YAML could read as something else by their beginning: numbers,
// dates, the words for true, false and null in at most five letters, and the signs of merge keys and defaults.
func mayBeNoString(text string) bool {
	const words = 5
	return text != "" && (strings.ContainsRune("0123456789+-.~<=", rune(text[0])) ||
		len(text) <= words && strings.ContainsRune("nNyYtTfFoO", rune(text[0])))
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

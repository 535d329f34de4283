package fn

import (
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// LocalConfigAnnotation keeps an item from being applied to a cluster.
const LocalConfigAnnotation = "config.kubernetes.io/local-config"

// source is a ChromaConfig of the list.
type source struct {
	// node is what is rendered.
	node *yaml.RNode
	// item is where the ChromaConfig stands among the items; nil where it is only the function configuration.
	item *yaml.RNode
}

// owner is the mark that the source's objects carry: its namespace, which may be empty, and its name.
func (s source) owner() string {
	return s.node.GetNamespace() + "/" + s.node.GetName()
}

// file is the path of the source's file as the host gave it, empty where it did not.
func (s source) file() string {
	path, _, _ := kioutil.GetFileAnnotations(s.located())
	return path
}

// located is the node that tells where the source comes from.
func (s source) located() *yaml.RNode {
	if s.item != nil {
		return s.item
	}
	return s.node
}

// findConfigs collects the ChromaConfigs of the list in the order of their names. Hosts pass the function
// configuration among the items too (kustomize a copy, kpt the file itself): the same name in both is one.
func findConfigs(list *ResourceList) []source {
	var sources []source
	configured := list.FunctionConfig
	switch {
	case yaml.IsMissingOrNull(configured), isEmptyConfigMap(configured):
		configured = nil
	case config.Is(configured):
		sources = append(sources, source{node: configured})
	default:
		list.fail(configured, "kind", "the function configuration must be a %s of %s, not a %s", config.Kind, config.APIVersion, configured.GetKind())
	}
	seen := map[string]*yaml.RNode{}
	for _, item := range list.Items {
		if !config.Is(item) {
			continue
		}
		s := source{node: item, item: item}
		switch _, twice := seen[s.owner()]; {
		case twice:
			list.fail(item, "metadata.name", "another %s of this name is in the same namespace; rename or remove one of them", config.Kind)
		case configured != nil && len(sources) > 0 && sources[0].node == configured && sources[0].owner() == s.owner():
			sources[0].item = item
		default:
			sources = append(sources, s)
		}
		seen[s.owner()] = item
	}
	if len(sources) == 0 && !list.Failed() {
		list.fail(nil, "", "there is no %s of %s, neither as function configuration nor among the items", config.Kind, config.APIVersion)
	}
	slices.SortStableFunc(sources, func(a, b source) int { return strings.Compare(a.owner(), b.owner()) })
	return sources
}

// isEmptyConfigMap reports whether the node is the ConfigMap without data that kpt passes where nothing is configured.
func isEmptyConfigMap(node *yaml.RNode) bool {
	return node.GetKind() == "ConfigMap" && node.GetApiVersion() == "v1" && len(node.GetDataMap()) == 0
}

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

// name is the namespace, which may be empty, and the name of the ChromaConfig.
func (s source) name() string {
	return s.node.GetNamespace() + "/" + s.node.GetName()
}

// owner is the mark that the source's objects carry: the name that the ChromaConfig had when it was first rendered.
// An item remembers it in an annotation, because a later function of a pipeline may change its name and namespace.
func (s source) owner() string {
	if mark := s.located().GetAnnotations()[OwnerAnnotation]; mark != "" {
		return mark
	}
	return s.name()
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
// configuration among the items too (kustomize a copy, kpt the file itself): the same name in both is one, or the same
// mark where the host has renamed the item since.
func findConfigs(list *ResourceList) []source {
	var sources []source
	configured := list.FunctionConfig
	switch {
	case yaml.IsMissingOrNull(configured), isSettings(configured):
	case config.Is(configured):
		sources = append(sources, source{node: configured})
	default:
		list.fail(configured, "kind", "the function configuration must be a %s of %s, or a ConfigMap of v1 with settings, not %q of %q",
			config.Kind, config.APIVersion, configured.GetKind(), configured.GetApiVersion())
	}
	byName := map[string]bool{}
	for _, item := range list.Items {
		if !config.Is(item) {
			continue
		}
		s := source{node: item, item: item}
		switch name := s.name(); {
		case byName[name]:
			list.fail(item, "metadata.name", "another %s of this name is in the same namespace; rename or remove one of them", config.Kind)
		case len(sources) > 0 && sources[0].item == nil && sources[0].node == configured && (sources[0].name() == name || sources[0].owner() == s.owner()):
			sources[0].item = item
		default:
			sources = append(sources, s)
		}
		byName[s.name()] = true
	}
	if len(sources) == 0 && !list.Failed() {
		list.fail(nil, "", "there is no %s of %s, neither as function configuration nor among the items", config.Kind, config.APIVersion)
	}
	slices.SortStableFunc(sources, func(a, b source) int { return strings.Compare(a.name(), b.name()) })
	checkOwners(list, sources)
	return sources
}

// checkOwners refuses two sources that would take each other's objects for their own: one is a copy of the other.
func checkOwners(list *ResourceList, sources []source) {
	taken := map[string]string{}
	for _, s := range sources {
		if other, isTaken := taken[s.owner()]; isTaken && other != s.name() {
			list.fail(s.located(), "metadata.annotations["+OwnerAnnotation+"]", "the %s %q has the same mark; where this one is its copy, remove the annotation", config.Kind, other)
		}
		taken[s.owner()] = s.name()
	}
}

package fn

import (
	"strings"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

const (
	// modeAnnotation on the function configuration chooses what the call does; without it, it generates.
	modeAnnotation = config.Group + "/mode"
	// wireMode generates and prunes nothing: the call looks after the clients of a database that another call made.
	wireMode = "wire"
)

// IsWire reports whether a function configuration asks to generate nothing.
func IsWire(node *yaml.RNode) bool {
	return node.GetAnnotations()[modeAnnotation] == wireMode
}

// wires reports whether the call is to generate nothing. Another mode is an error.
func (l *ResourceList) wires() bool {
	if yaml.IsMissingOrNull(l.FunctionConfig) {
		return false
	}
	mode, isSet := l.FunctionConfig.GetAnnotations()[modeAnnotation]
	if isSet && mode != wireMode {
		l.fail(l.FunctionConfig, "metadata.annotations["+modeAnnotation+"]", "must be %s, or be left out to generate, not %q", wireMode, mode)
	}
	return isSet
}

// checkTransformer refuses to generate again what kustomize has changed since: a transformer that runs after the
// generator of the same ChromaConfig would undo its prefixes, images and patches.
func checkTransformer(list *ResourceList, sources []source) {
	transformed := map[string]bool{}
	for _, item := range list.Items {
		if owner := item.GetAnnotations()[OwnerAnnotation]; owner != "" && !config.Is(item) && isTransformed(item) {
			transformed[owner] = true
		}
	}
	for _, s := range sources {
		if transformed[s.owner()] {
			list.fail(s.located(), "metadata.annotations", "its objects are here already, as kustomize's generator made and transformed them, and would lose the changes: "+
				"list the ChromaConfig under generators only, or annotate this one with %s: %s", modeAnnotation, wireMode)
		}
	}
}

// isTransformed reports whether kustomize passes the item to a transformer: it keeps track of names there.
func isTransformed(item *yaml.RNode) bool {
	for key := range item.GetAnnotations() {
		if key == "kustomize.config.k8s.io/id" || strings.HasPrefix(key, "internal.config.kubernetes.io/previous") {
			return true
		}
	}
	return false
}

// reportOrphans speaks of objects whose ChromaConfig is not in the list, because it was removed or renamed outside of
// it. They are not pruned: it may only be elsewhere.
func reportOrphans(list *ResourceList, sources []source) {
	known := map[string]bool{}
	for _, s := range sources {
		known[s.owner()] = true
	}
	for _, item := range list.Items {
		if owner := item.GetAnnotations()[OwnerAnnotation]; owner != "" && !known[owner] && !config.Is(item) {
			list.add(sdk.Info, item, "metadata.annotations["+OwnerAnnotation+"]", "belongs to the "+config.Kind+" \""+owner+"\", which is not here; remove the object where that one is gone for good")
		}
	}
}

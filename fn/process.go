package fn

import (
	"fmt"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/manifests"
)

// ResourceList is what a function receives and returns.
type ResourceList struct {
	// Items are the objects of the stream.
	Items []*yaml.RNode
	// FunctionConfig is the configuration of the call; it may be nil.
	FunctionConfig *yaml.RNode
	// Overrides are laid over the ChromaConfigs, after those that the function configuration may hold.
	Overrides Overrides
	// Results are what is to be said about the items.
	Results sdk.Results
}

// Failed reports whether a result stops the host.
func (l *ResourceList) Failed() bool {
	for _, result := range l.Results {
		if result.Severity == sdk.Error {
			return true
		}
	}
	return false
}

// Process renders every ChromaConfig of the list, the function configuration included, into its items. All that is
// wrong with any of them is in the results; where one is an error, the items are left as they were. The returned
// error is ours, never the user's.
func Process(list *ResourceList) error {
	sources := findConfigs(list)
	rendered := make([]rendering, 0, len(sources))
	for _, source := range sources {
		r, err := render(list, source)
		if err != nil {
			return fmt.Errorf("render %s: %w", source.name(), err)
		}
		rendered = append(rendered, r)
	}
	if list.wires() {
		return nil
	}
	checkTransformer(list, sources)
	checkCollisions(list, rendered)
	if list.Failed() {
		return nil
	}
	if err := merge(list, rendered); err != nil {
		return err
	}
	reportOrphans(list, sources)
	return nil
}

// rendering is what one ChromaConfig yields.
type rendering struct {
	source  source
	objects []object
}

// render reads, checks and builds one ChromaConfig. It yields no objects where a result is an error.
func render(list *ResourceList, s source) (rendering, error) {
	r := rendering{source: s}
	node, written := applyOverrides(list, s)
	c, problems := config.Load(node)
	if list.reportOver(s, written, problems); config.HasErrors(problems) {
		return r, nil
	}
	caps, problems := c.Capabilities()
	if list.reportOver(s, written, problems); config.HasErrors(problems) {
		return r, nil
	}
	problems = config.Validate(c, caps)
	if list.reportOver(s, written, problems); config.HasErrors(problems) {
		return r, nil
	}
	for _, typed := range manifests.Build(manifests.Input{Config: c, Caps: caps}) {
		node, err := encode(typed)
		if err != nil {
			return r, err
		}
		r.objects = append(r.objects, newObject(node, s.owner()))
	}
	return r, nil
}

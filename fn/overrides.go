package fn

import (
	"slices"
	"strings"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// Overrides are values that a host lays over ChromaConfigs, such as the parameters of an application of Argo CD.
type Overrides struct {
	// Config is the one ChromaConfig that they are for, by its name or NAMESPACE/NAME; empty stands for all.
	Config string `json:"config,omitempty"`
	// Settings are the values.
	Settings []config.Setting `json:"settings,omitempty"`
}

// areFor reports whether the values are for a ChromaConfig.
func (o Overrides) areFor(s source) bool {
	return o.Config == "" || o.Config == s.node.GetName() || o.Config == s.name()
}

// override is one value that is laid over a ChromaConfig, and where to look for it when it is wrong.
type override struct {
	config.Setting
	node  *yaml.RNode
	field string
}

// isSettings reports whether the function configuration is a ConfigMap, which is what kpt makes of the settings of a
// pipeline (configMap) and of its command line (kpt fn eval … -- key=value).
func isSettings(node *yaml.RNode) bool {
	return node.GetKind() == "ConfigMap" && node.GetApiVersion() == "v1"
}

// overridesOf are the values for a ChromaConfig: those of the ConfigMap that is the function configuration, by key in
// their order, and over them the host's.
func (l *ResourceList) overridesOf(s source) []override {
	var overrides []override
	if !yaml.IsMissingOrNull(l.FunctionConfig) && isSettings(l.FunctionConfig) {
		for key, value := range l.FunctionConfig.GetDataMap() {
			overrides = append(overrides, override{config.Setting{Key: key, Value: value}, l.FunctionConfig, "data[" + key + "]"})
		}
	}
	slices.SortFunc(overrides, func(a, b override) int { return strings.Compare(a.Key, b.Key) })
	if l.Overrides.areFor(s) {
		for _, setting := range l.Overrides.Settings {
			overrides = append(overrides, override{setting, nil, "parameter " + setting.Key})
		}
	}
	return overrides
}

// applyOverrides returns a copy of the ChromaConfig over which values are laid, like helm's --set, and the override
// that wrote each field. What is wrong with a value is said of its key.
func applyOverrides(list *ResourceList, s source) (*yaml.RNode, map[string]override) {
	overrides := list.overridesOf(s)
	if len(overrides) == 0 {
		return s.node, nil
	}
	changed := s.node.Copy()
	written := map[string]override{}
	for _, o := range overrides {
		field, err := config.Apply(changed, o.Setting)
		if err != nil {
			list.add(sdk.Error, o.node, o.field, err.Error())
			continue
		}
		written[field] = o
	}
	return changed, written
}

// reportOver reports problems of a source over which values were laid: those of a field that an override wrote, or
// that lies below it, are said of the override's key.
func (l *ResourceList) reportOver(s source, written map[string]override, problems []config.Problem) {
	for _, p := range problems {
		node, field, longest := s.located(), p.Field, ""
		for path, o := range written {
			isBelow := p.Field == path || strings.HasPrefix(p.Field, path+".") || strings.HasPrefix(p.Field, path+"[")
			if isBelow && len(path) > len(longest) {
				node, field, longest = o.node, o.field, path
			}
		}
		l.add(sdk.Severity(p.Severity), node, field, p.Message)
	}
}

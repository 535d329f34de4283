package fn

import (
	"slices"
	"strings"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// isSettings reports whether the function configuration is a ConfigMap, which is what kpt makes of the settings of a
// pipeline (configMap) and of its command line (kpt fn eval … -- key=value).
func isSettings(node *yaml.RNode) bool {
	return node.GetKind() == "ConfigMap" && node.GetApiVersion() == "v1"
}

// settings are the values of the ConfigMap that is the function configuration, by key in their order.
func (l *ResourceList) settings() []config.Setting {
	if yaml.IsMissingOrNull(l.FunctionConfig) || !isSettings(l.FunctionConfig) {
		return nil
	}
	var settings []config.Setting
	for key, value := range l.FunctionConfig.GetDataMap() {
		settings = append(settings, config.Setting{Key: key, Value: value})
	}
	slices.SortFunc(settings, func(a, b config.Setting) int { return strings.Compare(a.Key, b.Key) })
	return settings
}

// applySettings returns a copy of the ChromaConfig over which the settings are laid, like helm's --set. What is wrong
// with a setting is said of its key.
func applySettings(list *ResourceList, node *yaml.RNode, settings []config.Setting) (*yaml.RNode, map[string]string) {
	if len(settings) == 0 {
		return node, nil
	}
	changed := node.Copy()
	keys := map[string]string{}
	for _, setting := range settings {
		field, err := config.Apply(changed, setting)
		if err != nil {
			list.add(sdk.Error, list.FunctionConfig, dataField(setting.Key), err.Error())
			continue
		}
		keys[field] = setting.Key
	}
	return changed, keys
}

// dataField is the path of a key of the ConfigMap.
func dataField(key string) string {
	return "data[" + key + "]"
}

// reportOver reports problems of a source over which settings were laid: those of a field that a setting wrote, or
// that lies below it, are said of the setting's key.
func (l *ResourceList) reportOver(s source, keys map[string]string, problems []config.Problem) {
	for _, p := range problems {
		node, field, longest := s.located(), p.Field, ""
		for written, key := range keys {
			isBelow := p.Field == written || strings.HasPrefix(p.Field, written+".") || strings.HasPrefix(p.Field, written+"[")
			if isBelow && len(written) > len(longest) {
				node, field, longest = l.FunctionConfig, dataField(key), written
			}
		}
		l.add(sdk.Severity(p.Severity), node, field, p.Message)
	}
}

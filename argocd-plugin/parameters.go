package argocdplugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
)

// parametersVariable holds the parameters of the application as a JSON array, or null.
const parametersVariable = "ARGOCD_APP_PARAMETERS"

// configParameter is the parameter that names the ChromaConfig that all others are for.
const configParameter = "chromaConfig"

// parameter is an entry of spec.source.plugin.parameters of an Application.
type parameter struct {
	Name   string            `json:"name"`
	String *string           `json:"string"`
	Array  []string          `json:"array"`
	Map    map[string]string `json:"map"`
}

// overrides reads the parameters of an application.
func overrides(text string) (fn.Overrides, error) {
	var o fn.Overrides
	var parameters []parameter
	if text == "" {
		return o, nil
	}
	if err := json.Unmarshal([]byte(text), &parameters); err != nil {
		return o, fmt.Errorf("%s: %w", parametersVariable, err)
	}
	seen := map[string]bool{}
	for _, p := range parameters {
		switch {
		case p.Name == "":
			return o, errors.New("a parameter of the application has no name; write a field of the ChromaConfig, such as chromadb.apiVersion")
		case seen[p.Name]:
			return o, fmt.Errorf("parameter %s: is set twice; remove one of them", p.Name)
		case p.values() != 1:
			return o, fmt.Errorf("parameter %s: needs one value; write it under string, array or map, or remove the parameter", p.Name)
		}
		if _, hasEmpty := p.Map[""]; hasEmpty {
			return o, fmt.Errorf("parameter %s: has an empty key", p.Name)
		}
		seen[p.Name] = true
		if p.Name != configParameter {
			o.Settings = append(o.Settings, p.settings()...)
			continue
		}
		if p.String == nil {
			return o, fmt.Errorf("parameter %s: takes a string, the name of a ChromaConfig", configParameter)
		}
		o.Config = *p.String
	}
	return o, nil
}

// settings are the values of a parameter: an array takes the place of a whole list, each key of a map that of its own.
func (p parameter) settings() []config.Setting {
	switch {
	case p.String != nil:
		return []config.Setting{{Key: p.Name, Value: *p.String}}
	case p.Array != nil:
		// JSON is YAML; an array of strings cannot fail.
		text, _ := json.Marshal(p.Array)
		return []config.Setting{{Key: p.Name, Value: string(text)}}
	default:
		var settings []config.Setting
		for _, key := range slices.Sorted(maps.Keys(p.Map)) {
			settings = append(settings, config.Setting{Key: p.Name + "." + config.EscapeKey(key), Value: p.Map[key]})
		}
		return settings
	}
}

// values is how many values the parameter has.
func (p parameter) values() int {
	count := 0
	for _, has := range []bool{p.String != nil, p.Array != nil, p.Map != nil} {
		if has {
			count++
		}
	}
	return count
}

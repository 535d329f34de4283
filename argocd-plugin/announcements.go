package argocdplugin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/schema"
)

// An Announcement tells Argo CD's user interface of one parameter (Argo CD, ParameterAnnouncement). All values are
// strings.
type Announcement struct {
	Name           string            `json:"name"`
	Title          string            `json:"title"`
	Tooltip        string            `json:"tooltip,omitempty"`
	Required       bool              `json:"required,omitempty"`
	ItemType       string            `json:"itemType,omitempty"`
	CollectionType string            `json:"collectionType"`
	String         string            `json:"string,omitempty"`
	Array          []string          `json:"array,omitempty"`
	Map            map[string]string `json:"map,omitempty"`
}

// Parameters announces every field of a ChromaConfig with its value in the application's own, or the default. Fields
// that hold secrets are not announced: what is written there is readable by everyone who can read the Application.
func (p Plugin) Parameters(ctx context.Context) ([]Announcement, error) {
	configs, err := p.find(ctx)
	if err != nil {
		return nil, err
	}
	o, err := overrides(p.Environment(parametersVariable))
	if err != nil {
		return nil, err
	}
	var announcements []Announcement
	spec := config.DefaultSpec()
	if node := choose(configs, o.Config); node != nil {
		loaded, problems := config.Load(node)
		// A field that is wrong is no default; what is wrong with it is for Generate to say.
		if !config.HasErrors(problems) {
			spec = loaded.Spec
		}
	}
	if len(configs) > 1 {
		announcements = append(announcements, chooseAnnouncement(configs))
	}
	values, err := asMap(spec)
	if err != nil {
		return nil, err
	}
	var document struct {
		Properties struct{ Spec property }
	}
	if err := json.Unmarshal(schema.JSON(), &document); err != nil {
		return nil, fmt.Errorf("read the schema: %w", err)
	}
	return append(announcements, document.Properties.Spec.announce("", values)...), nil
}

// choose is the only ChromaConfig of an application, or the one that is named.
func choose(configs []*yaml.RNode, name string) *yaml.RNode {
	if len(configs) == 1 && name == "" {
		return configs[0]
	}
	for _, c := range configs {
		if name != "" && (c.GetName() == name || c.GetNamespace()+"/"+c.GetName() == name) {
			return c
		}
	}
	return nil
}

func chooseAnnouncement(configs []*yaml.RNode) Announcement {
	names := make([]string, 0, len(configs))
	for _, c := range configs {
		names = append(names, strings.TrimPrefix(c.GetNamespace()+"/"+c.GetName(), "/"))
	}
	slices.Sort(names)
	return Announcement{
		Name: configParameter, Title: configParameter, Required: true, CollectionType: "string", ItemType: "string",
		Tooltip: "The ChromaConfig that all other parameters are for, one of: " + strings.Join(names, ", "),
	}
}

// asMap is a spec as JSON has it.
func asMap(spec config.Spec) (map[string]any, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	return values, decoder.Decode(&values)
}

// property is the part of a JSON Schema that announcements are made of.
type property struct {
	Description          string
	Type                 types
	Deprecated           bool
	WriteOnly            bool
	Properties           map[string]property
	Items                *property
	AdditionalProperties json.RawMessage
}

// types are the types of a property: JSON Schema writes a single one as a string.
type types []string

// UnmarshalJSON reads both forms.
func (t *types) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*t = types{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(t))
}

// announce announces the fields below a property in the order of their names.
func (p property) announce(prefix string, values map[string]any) []Announcement {
	var announcements []Announcement
	for _, name := range slices.Sorted(maps.Keys(p.Properties)) {
		field := p.Properties[name]
		below, _ := values[name].(map[string]any)
		switch {
		case field.Deprecated || len(field.Properties) == 0 && field.holdsSecrets():
		case len(field.Properties) > 0:
			announcements = append(announcements, field.announce(prefix+name+".", below)...)
		default:
			announcements = append(announcements, field.announcement(prefix+name, values[name]))
		}
	}
	return announcements
}

// holdsSecrets reports whether the property or one below it is a secret.
func (p property) holdsSecrets() bool {
	if p.WriteOnly || p.Items != nil && p.Items.holdsSecrets() {
		return true
	}
	for _, below := range p.Properties {
		if below.holdsSecrets() {
			return true
		}
	}
	return false
}

// announcement announces a field with its value.
func (p property) announcement(name string, value any) Announcement {
	a := Announcement{Name: name, Title: name, Tooltip: p.Description, CollectionType: "string", ItemType: p.itemType()}
	items, _ := value.([]any)
	entries, _ := value.(map[string]any)
	switch {
	case p.isListOfScalars():
		a.CollectionType = "array"
		for _, item := range items {
			a.Array = append(a.Array, asText(item))
		}
	case p.isMapOfStrings():
		a.CollectionType, a.Map = "map", map[string]string{}
		for key, entry := range entries {
			a.Map[key] = asText(entry)
		}
	default:
		a.String = asText(value)
	}
	return a
}

// asText is a value as a parameter of type string takes it: a scalar as it is, anything else as JSON, which is YAML.
func asText(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case string:
		return value
	}
	// What came out of JSON goes into it again.
	text, _ := json.Marshal(value)
	if isEmpty := string(text) == "{}" || string(text) == "[]"; isEmpty {
		return ""
	}
	return string(text)
}

// itemType is the type that the user interface may check.
func (p property) itemType() string {
	for _, t := range []string{"boolean", "integer"} {
		if slices.Contains(p.Type, t) {
			return map[string]string{"boolean": "boolean", "integer": "number"}[t]
		}
	}
	return "string"
}

func (p property) isListOfScalars() bool {
	return slices.Contains(p.Type, "array") && p.Items != nil && !slices.Contains(p.Items.Type, "object")
}

func (p property) isMapOfStrings() bool {
	var values property
	return slices.Contains(p.Type, "object") && json.Unmarshal(p.AdditionalProperties, &values) == nil && slices.Equal(values.Type, types{"string"})
}

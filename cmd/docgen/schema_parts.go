package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// The patterns of strings that stand for a value of another type. They are written in what the regular expressions of
// JavaScript and of Go have in common.
const (
	integerPattern = `^\s*[+-]?[0-9]+\s*$`
)

// anyCase is a pattern for words in any case with spaces around them. The option for it is not common to all regular
// expressions.
func anyCase(words ...string) string {
	var pattern strings.Builder
	for i, word := range words {
		if i > 0 {
			pattern.WriteString("|")
		}
		for _, r := range word {
			if unicode.IsLetter(r) {
				pattern.WriteString("[" + string(unicode.ToUpper(r)) + string(unicode.ToLower(r)) + "]")
				continue
			}
			pattern.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	return `^\s*(` + pattern.String() + `)\s*$`
}

// describeProperty words what a key means, which Chroma versions heed it, and what to write instead of an older name.
func describeProperty(field, meaning, instead, chroma string) string {
	text := describe(field, meaning)
	if chroma != "" && chroma != "all versions" {
		text += " Heeded by Chroma " + chroma + "."
	}
	if instead != "" {
		text += " Deprecated: " + instead
	}
	return text
}

// illustrate adds the default and the example, where there are any.
func (s *schema) illustrate(defaults reflect.Value, example string) error {
	if value, found := settled(defaults); found {
		text, err := json.Marshal(value.Interface())
		if err != nil {
			return fmt.Errorf("encoding the default: %w", err)
		}
		s.Default = json.RawMessage(text)
	}
	if example == "" {
		return nil
	}
	node, err := yaml.Parse(example)
	if err != nil {
		return fmt.Errorf("reading the example: %w", err)
	}
	var value any
	if err := node.YNode().Decode(&value); err != nil {
		return fmt.Errorf("decoding the example: %w", err)
	}
	s.Examples = []any{value}
	return nil
}

// namedField is a field with its path from the resource.
type namedField struct {
	reflect.StructField

	path []string
}

// newerField finds the field that took an older one's place, from the words of the deprecation: "Use
// chromadb.data.volumeSize.". Other words name none.
func newerField(instead string) (namedField, bool, error) {
	path, isRenamed := strings.CutPrefix(strings.TrimSuffix(instead, "."), "Use ")
	if !isRenamed {
		return namedField{}, false, nil
	}
	found := namedField{path: append([]string{"spec"}, strings.Split(path, ".")...)}
	structure := reflect.TypeFor[config.ChromaConfig]()
	for _, step := range found.path {
		field, ok := fieldByKey(structure, step)
		if !ok {
			return namedField{}, false, fmt.Errorf("the deprecation names %q, which is no key", path)
		}
		found.StructField, structure = field, field.Type
	}
	return found, true, nil
}

func fieldByKey(structure reflect.Type, key string) (reflect.StructField, bool) {
	if structure.Kind() != reflect.Struct {
		return reflect.StructField{}, false
	}
	for _, field := range reflect.VisibleFields(structure) {
		if own, isKey := keyOf(field); isKey && own == key {
			return field, true
		}
	}
	return reflect.StructField{}, false
}

// relative is a path as seen from the key that holds its start.
func relative(path []string, from string) []string {
	return strings.Split(strings.TrimPrefix(strings.Join(path, "."), from+"."), ".")
}

// notBoth refuses an older name beside its newer one. Said this way, an editor marks the older one.
func notBoth(older string, newer []string) *schema {
	return &schema{
		If:   isSet(newer),
		Then: &schema{Properties: map[string]*schema{older: {Type: types{"null"}}}},
	}
}

// isSet holds where there is a value other than null at the path.
func isSet(path []string) *schema {
	if len(path) == 0 {
		return &schema{Not: &schema{Type: types{"null"}}}
	}
	return &schema{
		Type:       types{"object"},
		Required:   path[:1],
		Properties: map[string]*schema{path[0]: isSet(path[1:])},
	}
}

// quantityPattern is the loader's, with the spaces around that it takes.
func quantityPattern() string {
	return `^\s*` + strings.Trim(config.QuantityPattern, "^$") + `\s*$`
}

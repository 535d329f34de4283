package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/version"
)

// key is one key of ChromaConfig.
type key struct {
	// path is the key with its parents, relative to spec.
	path string
	// typ words the type of the value.
	typ string
	// byDefault is the value that the key has when it is left out; empty where that is nothing.
	byDefault string
	// chroma words the server versions that heed the key.
	chroma string
	// meaning is a description in sentences.
	meaning string
	// instead is what to write in place of an older name; empty for the current ones.
	instead string
}

// place is where keys are looked for.
type place struct {
	// path is the key that holds them, empty for spec itself.
	path string
	// defaults is the struct with their defaults. It is invalid inside a list, which has none.
	defaults reflect.Value
	// chroma words the server versions that heed the holding key, empty for all.
	chroma string
}

// below is the place of what a field holds.
func (at place) below(structure reflect.Type, field reflect.StructField, key string) (place, error) {
	below := place{path: strings.TrimPrefix(at.path+"."+key, "."), chroma: at.chroma}
	if at.defaults.IsValid() {
		below.defaults = at.defaults.FieldByIndex(field.Index)
	}
	if capability, _, _ := strings.Cut(field.Tag.Get("chroma"), ","); capability != "" {
		if below.chroma = version.Support(capability); below.chroma == "" {
			return place{}, fmt.Errorf("%s.%s names %q, which is no capability", structure.Name(), field.Name, capability)
		}
	}
	return below, nil
}

// entries is the place of the entries of a list or map.
func (at place) entries() place {
	return place{path: at.path + "[]", chroma: at.chroma}
}

// keyOf returns the key that a field stands for, if it does for one.
func keyOf(field reflect.StructField) (string, bool) {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name, name != "" && name != "-" && field.IsExported()
}

// keysOf returns the keys of a struct and, after each, those below it, in the order of the types.
func (c comments) keysOf(structure reflect.Type, at place) ([]key, error) {
	var keys []key
	for _, field := range reflect.VisibleFields(structure) {
		name, isKey := keyOf(field)
		if !isKey {
			continue
		}
		below, err := at.below(structure, field, name)
		if err != nil {
			return nil, err
		}
		own, err := c.key(structure, field, below)
		if err != nil {
			return nil, err
		}
		nested, err := c.nested(field.Type, below)
		if err != nil {
			return nil, err
		}
		keys = append(append(keys, own), nested...)
	}
	return keys, nil
}

// nested returns the keys below a key, which has some where it holds a struct of ours or a list of such.
func (c comments) nested(value reflect.Type, at place) ([]key, error) {
	switch {
	case isOurs(value):
		return c.keysOf(value, at)
	case value.Kind() == reflect.Slice && isOurs(value.Elem()):
		return c.keysOf(value.Elem(), at.entries())
	default:
		return nil, nil
	}
}

// key describes one field of a struct.
func (c comments) key(structure reflect.Type, field reflect.StructField, at place) (key, error) {
	meaning, instead := split(c[structure.Name()+"."+field.Name])
	if meaning == "" {
		return key{}, fmt.Errorf("%s.%s has no doc comment", structure.Name(), field.Name)
	}
	byDefault, err := defaultOf(at.defaults)
	if err != nil {
		return key{}, fmt.Errorf("wording the default of %s: %w", at.path, err)
	}
	k := key{
		path:      at.path,
		typ:       typeOf(field.Type),
		byDefault: byDefault,
		chroma:    at.chroma,
		meaning:   describe(field.Name, meaning) + constraints(field),
		instead:   instead,
	}
	// Each key of a section is heeded by versions of its own, and a reader must not take "all" to hold for them.
	if k.chroma == "" && !isOurs(field.Type) {
		k.chroma = "all"
	}
	return k, nil
}

// isOurs reports whether the type is a struct of package config, whose keys are listed.
func isOurs(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && t.PkgPath() == reflect.TypeFor[config.Spec]().PkgPath()
}

// typeOf words the type of a value as a reader of YAML sees it.
func typeOf(t reflect.Type) string {
	if t == reflect.TypeFor[resource.Quantity]() {
		return "quantity"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.Slice:
		return "list of " + plural(typeOf(t.Elem()))
	case reflect.Map:
		return "map of " + plural(typeOf(t.Elem()))
	case reflect.Interface:
		return "any value"
	case reflect.Bool:
		return "boolean"
	case reflect.Int32, reflect.Int64:
		return "integer"
	case reflect.Struct:
		if !isOurs(t) {
			return fmt.Sprintf("Kubernetes [%s](https://pkg.go.dev/%s#%[1]s)", t.Name(), t.PkgPath())
		}
		return "map"
	default:
		return t.Kind().String()
	}
}

func plural(typ string) string {
	if strings.HasPrefix(typ, "Kubernetes ") {
		return typ
	}
	return typ + "s"
}

// settled returns a default without its pointer, if it is something: nothing is worded as nothing, and false and 0 are
// values.
func settled(value reflect.Value) (reflect.Value, bool) {
	for value.Kind() == reflect.Pointer {
		value = value.Elem()
	}
	isEmpty := !value.IsValid() || isOurs(value.Type()) ||
		value.IsZero() && value.Kind() != reflect.Bool && !value.CanInt()
	return value, !isEmpty
}

// defaultOf words a default as YAML in one line, so that it can be copied.
func defaultOf(value reflect.Value) (string, error) {
	value, found := settled(value)
	if !found {
		return "", nil
	}
	text, err := json.Marshal(value.Interface())
	if err != nil {
		return "", fmt.Errorf("encoding: %w", err)
	}
	node, err := yaml.Parse(string(text))
	if err != nil {
		return "", fmt.Errorf("decoding: %w", err)
	}
	unquote(node.YNode())
	plain, err := node.String()
	if err != nil {
		return "", fmt.Errorf("encoding: %w", err)
	}
	return strings.TrimSpace(plain), nil
}

// unquote takes the quotes of JSON off. The encoder puts back those without which a string would be something else.
func unquote(node *yaml.Node) {
	node.Style &^= yaml.DoubleQuotedStyle
	for _, child := range node.Content {
		unquote(child)
	}
}

// constraints words the tags of a field that limit its value, and its example, as sentences after the description.
func constraints(field reflect.StructField) string {
	var text strings.Builder
	if enum := field.Tag.Get("enum"); enum != "" {
		text.WriteString(" Allowed: " + strings.Join(codes(strings.Split(enum, ",")), ", ") + ".")
	}
	switch low, high := field.Tag.Get("min"), field.Tag.Get("max"); {
	case low != "" && high != "":
		text.WriteString(" From " + low + " to " + high + ".")
	case low != "":
		text.WriteString(" At least " + low + ".")
	case high != "":
		text.WriteString(" At most " + high + ".")
	}
	if example := field.Tag.Get("example"); example != "" {
		text.WriteString(" Example: " + code(example) + ".")
	}
	return text.String()
}

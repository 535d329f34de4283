package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Setting is one value of a ChromaConfig that comes from elsewhere, such as chromadb.apiVersion=1.5.9.
type Setting struct {
	// Key is the path of the field below spec: names separated by dots, `[n]` for an entry of a list, and a backslash
	// before a dot that belongs to a name (podLabels.example\.com/a).
	Key string
	// Value is the value as text. A field that is no string, number, boolean or quantity takes YAML.
	Value string
}

// Apply writes the setting into the ChromaConfig and returns the path of the field. The error says what is wrong with
// the setting; the value itself is checked with the rest of the resource.
func Apply(node *yaml.RNode, s Setting) (string, error) {
	steps, err := splitKey(s.Key)
	if err != nil {
		return "", err
	}
	target, path, err := findField(steps)
	if err != nil {
		return "", err
	}
	value, err := settingNode(s.Value, target)
	if err != nil {
		return "", err
	}
	root := node.YNode()
	if root.Kind == yaml.DocumentNode {
		root = root.Content[0]
	}
	return path.String(), assign(root, append([]step{{name: "spec"}}, steps...), value)
}

// step is one part of a key: a name, or an index into a list.
type step struct {
	name  string
	index int
}

func (s step) isIndex() bool {
	return s.name == ""
}

// stepPattern is one step of a key: an index, or a name in which a backslash escapes the next character.
var stepPattern = regexp.MustCompile(`^(?:\[([0-9]{1,4})\]|((?:\\.|[^\\.\[\]])+))(?:\.|(\[)|$)`)

// splitKey takes a key apart.
func splitKey(key string) ([]step, error) {
	var steps []step
	for rest := key; rest != ""; {
		match := stepPattern.FindStringSubmatch(rest)
		if match == nil {
			return nil, fmt.Errorf("%q: write names separated by dots, and [n] for an entry of a list", key)
		}
		if match[2] != "" {
			steps = append(steps, step{name: escaped.ReplaceAllString(match[2], "$1")})
		} else {
			// Up to four digits always are a number.
			index, _ := strconv.Atoi(match[1])
			steps = append(steps, step{index: index})
		}
		rest = rest[len(match[0])-len(match[3]):]
	}
	if len(steps) > 0 && steps[0].name == "spec" {
		steps = steps[1:]
	}
	if len(steps) == 0 || steps[0].isIndex() {
		return nil, fmt.Errorf("%q is no field; write its path below spec, such as chromadb.apiVersion", key)
	}
	return steps, nil
}

var escaped = regexp.MustCompile(`\\(.)`)

// EscapeKey writes a name so that it is one step of a Setting's key, whatever it holds.
func EscapeKey(name string) string {
	return special.ReplaceAllString(name, `\$0`)
}

var special = regexp.MustCompile(`[\\.\[\]]`)

// findField follows a key through the types of the resource to the field that it names.
func findField(steps []step) (reflect.StructField, *field.Path, error) {
	at := reflect.StructField{Type: reflect.TypeFor[Spec]()}
	path := field.NewPath("spec")
	for _, s := range steps {
		if at.Type.Kind() == reflect.Pointer {
			at.Type = at.Type.Elem()
		}
		var err error
		if at, path, err = enter(at, path, s); err != nil {
			return at, path, err
		}
	}
	return at, path, nil
}

// enter takes one step into a field.
func enter(at reflect.StructField, path *field.Path, s step) (reflect.StructField, *field.Path, error) {
	isFree, isList := at.Type.Kind() == reflect.Interface, at.Type.Kind() == reflect.Slice
	switch {
	case s.isIndex() && isFree:
		return at, path.Index(s.index), nil
	case s.isIndex() && isList:
		return reflect.StructField{Type: at.Type.Elem(), Tag: at.Tag}, path.Index(s.index), nil
	case s.isIndex():
		return at, path, fmt.Errorf("%s is no list", path)
	case isFree:
		return at, path.Child(s.name), nil
	case at.Type.Kind() == reflect.Map:
		return reflect.StructField{Type: at.Type.Elem(), Tag: at.Tag}, path.Key(s.name), nil
	case at.Type.Kind() != reflect.Struct || isScalar(at.Type):
		return at, path, fmt.Errorf("%s has no fields below it", path)
	}
	fields := fieldsOf(at.Type)
	next, known := fields[s.name]
	if !known {
		return at, path, fmt.Errorf("unknown field %s%s", path.Child(s.name), suggest(s.name, fields))
	}
	return next, path.Child(s.name), nil
}

// isScalar reports whether a value of the type is written as one word.
func isScalar(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.String, reflect.Bool, reflect.Int32, reflect.Int64:
		return true
	default:
		return t == reflect.TypeFor[resource.Quantity]()
	}
}

// settingNode turns the text of a setting into YAML that the type of its field takes.
func settingNode(text string, target reflect.StructField) (*yaml.Node, error) {
	t := target.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if isScalar(t) {
		// The decoder reads numbers and booleans from strings too.
		return yaml.NewStringRNode(text).YNode(), nil
	}
	node, err := yaml.Parse(text)
	if err != nil {
		return nil, errors.New("the value must be YAML, such as [a, b] or {a: b}")
	}
	return node.YNode(), nil
}

// assign puts a value at the end of the steps, making the maps and lists on the way.
func assign(at *yaml.Node, steps []step, value *yaml.Node) error {
	for at.Kind == yaml.AliasNode {
		at = at.Alias
	}
	if len(steps) == 0 {
		*at = *value
		return nil
	}
	next, err := child(at, steps[0])
	if err != nil {
		return err
	}
	return assign(next, steps[1:], value)
}

// child finds the node one step below, or adds it. A null in the way becomes a map or a list.
func child(at *yaml.Node, s step) (*yaml.Node, error) {
	kind, tag := yaml.MappingNode, yaml.NodeTagMap
	if s.isIndex() {
		kind, tag = yaml.SequenceNode, yaml.NodeTagSeq
	}
	if isNull(at) {
		*at = yaml.Node{Kind: kind, Tag: tag}
	}
	switch {
	case at.Kind != kind:
		return nil, errors.New("the ChromaConfig holds something else on the way to this field")
	case s.isIndex() && s.index > len(at.Content):
		return nil, fmt.Errorf("the list has %d entries; the next is [%d]", len(at.Content), len(at.Content))
	case s.isIndex() && s.index < len(at.Content):
		return at.Content[s.index], nil
	}
	added := &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagNull}
	if s.isIndex() {
		at.Content = append(at.Content, added)
		return added, nil
	}
	for i := 0; i+1 < len(at.Content); i += 2 {
		if at.Content[i].Value == s.name {
			return at.Content[i+1], nil
		}
	}
	at.Content = append(at.Content, yaml.NewStringRNode(s.name).YNode(), added)
	return added, nil
}

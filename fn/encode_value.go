package fn

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// nodeOf turns a value into the YAML node of what encoding/json would write. It does not go by way of that package,
// which builds encoders of all types that it could meet first: a process renders once, and they would cost it more
// than the rendering.
func nodeOf(value reflect.Value) (*yaml.Node, error) {
	switch kind := value.Kind(); {
	case kind == reflect.Invalid, canBeNil(kind) && value.IsNil():
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagNull, Value: "null"}, nil
	case kind == reflect.Pointer, kind == reflect.Interface:
		return nodeOf(value.Elem())
	case value.Type().Implements(reflect.TypeFor[json.Marshaler]()):
		return nodeOfMarshaler(value)
	case kind == reflect.Struct:
		node := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
		return node, appendFields(node, value)
	case kind == reflect.Map && value.Type().Key().Kind() == reflect.String:
		return nodeOfMap(value)
	case kind == reflect.Slice && value.Type().Elem().Kind() == reflect.Uint8:
		return nodeOfString(base64.StdEncoding.EncodeToString(value.Bytes())), nil
	case kind == reflect.Slice:
		return nodeOfSlice(value)
	case kind == reflect.String:
		return nodeOfString(value.String()), nil
	case kind == reflect.Bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagBool, Value: strconv.FormatBool(value.Bool())}, nil
	case value.CanInt():
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: yaml.NodeTagInt, Value: strconv.FormatInt(value.Int(), 10)}, nil
	default:
		return nil, errUnencodable(value)
	}
}

func canBeNil(kind reflect.Kind) bool {
	return kind == reflect.Pointer || kind == reflect.Interface || kind == reflect.Map || kind == reflect.Slice
}

// nodeOfMarshaler is for the types with a form of their own, such as quantities.
func nodeOfMarshaler(value reflect.Value) (*yaml.Node, error) {
	text, err := value.Interface().(json.Marshaler).MarshalJSON()
	if err != nil {
		return nil, err
	}
	var content any
	if err := utiljson.Unmarshal(text, &content); err != nil {
		return nil, err
	}
	return nodeOf(reflect.ValueOf(content))
}

// appendFields appends the fields of a struct to a map, those of embedded structs among them.
func appendFields(node *yaml.Node, value reflect.Value) error {
	if value.Kind() != reflect.Struct {
		return errUnencodable(value)
	}
	for i := range value.NumField() {
		field, inner := value.Type().Field(i), value.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case name == "-", isOmitted(inner, options):
			continue
		case name == "" && field.Anonymous:
			if err := appendFields(node, inner); err != nil {
				return err
			}
			continue
		case !field.IsExported():
			continue
		case strings.Contains(options, "string"):
			return errUnencodable(inner)
		case name == "":
			name = field.Name
		}
		content, err := nodeOf(inner)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		node.Content = append(node.Content, nodeOfString(name), content)
	}
	return nil
}

// isOmitted reports whether the options of a field's tag leave its value away.
func isOmitted(value reflect.Value, options string) bool {
	if strings.Contains(options, "omitzero") && value.IsZero() {
		return true
	}
	if !strings.Contains(options, "omitempty") {
		return false
	}
	switch value.Kind() {
	case reflect.Map, reflect.Slice:
		return value.Len() == 0
	default:
		return value.Kind() != reflect.Struct && value.IsZero()
	}
}

func errUnencodable(value reflect.Value) error {
	return fmt.Errorf("a value of type %s cannot be encoded", value.Type())
}

func nodeOfMap(value reflect.Value) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.MappingNode, Tag: yaml.NodeTagMap}
	keys := value.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
	for _, key := range keys {
		content, err := nodeOf(value.MapIndex(key))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
		node.Content = append(node.Content, nodeOfString(key.String()), content)
	}
	return node, nil
}

func nodeOfSlice(value reflect.Value) (*yaml.Node, error) {
	node := &yaml.Node{Kind: yaml.SequenceNode, Tag: yaml.NodeTagSeq}
	for i := range value.Len() {
		content, err := nodeOf(value.Index(i))
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		node.Content = append(node.Content, content)
	}
	return node, nil
}

func nodeOfString(text string) *yaml.Node {
	node := &yaml.Node{Kind: yaml.ScalarNode}
	node.SetString(text)
	// kubectl reads YAML 1.1, to which yes, on and 12:30:45 are no strings.
	if mayBeNoString(text) && yaml.IsYaml1_1NonString(node) {
		node.Style = yaml.DoubleQuotedStyle
	}
	return node
}

// mayBeNoString tells most strings from those that YAML could read as something else: by their beginning numbers,
// dates, and the signs of merge keys and defaults, and as a whole the words for true, false and null.
func mayBeNoString(text string) bool {
	words := []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
	return text != "" && strings.ContainsRune("0123456789+-.~<=", rune(text[0])) ||
		slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, text) })
}

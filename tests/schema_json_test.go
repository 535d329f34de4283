package tests_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxValues bounds what aliases may multiply.
const maxValues = 400_000

// notFinite stands for .inf and .nan, which JSON lacks: to an editor they are numbers, and no integers.
const notFinite = 0.5

// toJSON turns YAML into what a validator of JSON sees, with the types of YAML 1.2: an editor knows no dates, but
// follows aliases and merge keys. It fails where there is no such JSON.
func toJSON(node *yaml.Node) (any, error) {
	return (&converter{}).value(node)
}

type converter struct {
	values int
}

func (c *converter) value(node *yaml.Node) (any, error) {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	if c.values++; c.values > maxValues {
		return nil, errors.New("the aliases have no end")
	}
	switch node.Kind {
	case yaml.DocumentNode:
		return c.value(node.Content[0])
	case yaml.MappingNode:
		object := map[string]any{}
		return object, c.fill(object, node)
	case yaml.SequenceNode:
		list := []any{}
		for _, item := range node.Content {
			value, err := c.value(item)
			if err != nil {
				return nil, err
			}
			list = append(list, value)
		}
		return list, nil
	default:
		return scalar(node)
	}
}

// fill adds the entries of a mapping to the object, unless their key is there: an own one stands before a merged one.
func (c *converter) fill(object map[string]any, node *yaml.Node) error {
	var merged []*yaml.Node
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		for key.Kind == yaml.AliasNode {
			key = key.Alias
		}
		if key.Tag == "!!merge" {
			merged = append(merged, value)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return errors.New("a key is no text")
		}
		converted, err := c.value(value)
		if err != nil {
			return err
		}
		if _, found := object[key.Value]; !found {
			object[key.Value] = converted
		}
	}
	for _, source := range merged {
		if err := c.merge(object, source); err != nil {
			return err
		}
	}
	return nil
}

func (c *converter) merge(object map[string]any, source *yaml.Node) error {
	for source.Kind == yaml.AliasNode {
		source = source.Alias
	}
	if c.values++; c.values > maxValues {
		return errors.New("the aliases have no end")
	}
	switch source.Kind {
	case yaml.MappingNode:
		return c.fill(object, source)
	case yaml.SequenceNode:
		for _, item := range source.Content {
			if err := c.merge(object, item); err != nil {
				return err
			}
		}
		return nil
	default:
		return errors.New("a merge key has no map")
	}
}

func scalar(node *yaml.Node) (any, error) {
	switch node.Tag {
	case yaml.NodeTagNull:
		return nil, nil
	case yaml.NodeTagBool:
		var value bool
		return value, node.Decode(&value)
	case yaml.NodeTagInt:
		if value, ok := new(big.Int).SetString(node.Value, 0); ok {
			return json.Number(value.String()), nil
		}
		var value int64
		err := node.Decode(&value)
		return value, err
	case yaml.NodeTagFloat:
		var value float64
		if err := node.Decode(&value); err != nil || math.IsInf(value, 0) || math.IsNaN(value) {
			return notFinite, err
		}
		return value, nil
	}
	// A date, and what has a tag of its own, is a string to an editor.
	return node.Value, nil
}

// collectKinds notes the JSON type of each value by its path as pathKey has it.
func collectKinds(value any, path string, kinds map[string]string) {
	kind := "number"
	switch value := value.(type) {
	case nil:
		kind = "null"
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
	case []any:
		kind = "array"
		for i, item := range value {
			collectKinds(item, path+"."+strconv.Itoa(i), kinds)
		}
	case map[string]any:
		kind = "object"
		for key, item := range value {
			collectKinds(item, path+"."+pathKey(key), kinds)
		}
	}
	kinds[strings.TrimPrefix(path, ".")] = kind
}

// pathKey is a path as the loader writes it, without the difference between fields, keys and indexes.
func pathKey(path string) string {
	return strings.NewReplacer("[", ".", "]", "").Replace(path)
}

func TestToJSON(t *testing.T) {
	for text, want := range map[string]string{
		"{a: yes, b: true, c: ~, d: 012, e: 0x10, f: 1e3, g: 2020-01-01}":      `{"a":"yes","b":true,"c":null,"d":10,"e":16,"f":1000,"g":"2020-01-01"}`,
		"{a: &a {x: 1, y: 2}, b: {<<: *a, y: 3}, c: {<<: [*a, {z: 4}], 1: t}}": `{"a":{"x":1,"y":2},"b":{"x":1,"y":3},"c":{"1":"t","x":1,"y":2,"z":4}}`,
		"[1_000, 99999999999999999999, .inf, !!str 5]":                         `[1000,99999999999999999999,0.5,"5"]`,
	} {
		node, err := yaml.Parse(text)
		require.NoError(t, err)
		value, err := toJSON(node.YNode())
		require.NoError(t, err)
		got, err := json.Marshal(value)
		require.NoError(t, err)
		assert.JSONEq(t, want, string(got))
	}
	for _, text := range []string{"{<<: 5}", "{? [a] : b}", "&a {b: *a}"} {
		node, err := yaml.Parse(text)
		require.NoError(t, err)
		_, err = toJSON(node.YNode())
		assert.Error(t, err, text)
	}
}

package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// maxNodes bounds how many YAML nodes one resource may have once its aliases are followed, so that a few lines of
// nested aliases cannot take all memory.
const maxNodes = 100_000

// maxDepth bounds how deep free-form YAML may be nested: an alias within itself has no end.
const maxDepth = 50

// decoder reads YAML nodes into Go values, strictly: an unknown or doubled key, or a value of another type, is a
// problem with its path. It goes on after a problem, so that all of them are reported at once.
type decoder struct {
	problems []Problem
	// set holds the paths of the fields that have a value, nulls of those that are null.
	set, nulls map[string]bool
	nodes      int
	// depth is how deep free-form YAML is nested at the moment.
	depth int
}

func (d *decoder) errorf(path *field.Path, format string, args ...any) {
	d.add(Error, path, format, args...)
}

func (d *decoder) warnf(path *field.Path, format string, args ...any) {
	d.add(Warning, path, format, args...)
}

// maxPath is the longest path that a message shows; aliases within themselves make endless ones.
const maxPath = 300

func (d *decoder) add(severity Severity, path *field.Path, format string, args ...any) {
	at := ""
	if path != nil {
		at = path.String()
	}
	if len(at) > maxPath {
		at = at[:maxPath] + "…"
	}
	d.problems = append(d.problems, Problem{severity, at, fmt.Sprintf(format, args...)})
}

// decode reads the node into the value, which keeps what it holds where the node is null. The tag is that of the
// struct field that the value belongs to.
func (d *decoder) decode(node *yaml.Node, into reflect.Value, path *field.Path, tag reflect.StructTag) {
	node = d.resolve(node, path)
	if node == nil {
		return
	}
	if isNull(node) {
		d.nulls[path.String()] = true
		return
	}
	d.set[path.String()] = true
	if target, isQuantity := reflect.TypeAssert[*resource.Quantity](into.Addr()); isQuantity {
		d.decodeQuantity(node, target, path)
		return
	}
	switch into.Kind() {
	case reflect.Pointer:
		value := reflect.New(into.Type().Elem())
		d.decode(node, value.Elem(), path, tag)
		into.Set(value)
	case reflect.Struct:
		d.decodeStruct(node, into, path)
	case reflect.Map:
		d.decodeMap(node, into, path, tag)
	case reflect.Slice:
		d.decodeSlice(node, into, path, tag)
	case reflect.String:
		d.decodeString(node, into, path, tag)
	case reflect.Bool:
		d.decodeBool(node, into, path)
	case reflect.Int32, reflect.Int64:
		d.decodeInt(node, into, path, tag)
	case reflect.Interface:
		if value := d.decodeAny(node, path); value != nil {
			into.Set(reflect.ValueOf(value))
		}
		// A test holds the types to these kinds.
	}
}

// resolve follows aliases and counts the node; it returns nil once there are too many.
func (d *decoder) resolve(node *yaml.Node, path *field.Path) *yaml.Node {
	node = follow(node)
	if d.nodes++; d.nodes > maxNodes {
		if d.nodes == maxNodes+1 {
			d.errorf(path, "the resource has more than %d values once its YAML aliases are followed", maxNodes)
		}
		return nil
	}
	return node
}

// entry is a key of a mapping with its value.
type entry struct {
	key   string
	value *yaml.Node
}

// entries returns the keys of a mapping in their order, merge keys (<<) expanded.
func (d *decoder) entries(node *yaml.Node, path *field.Path) []entry {
	var own, merged []entry
	seen := map[string]bool{}
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := d.resolve(node.Content[i], path), node.Content[i+1]
		switch {
		case key == nil:
			return nil
		case key.Tag == "!!merge":
			merged = append(merged, d.mergedEntries(value, path)...)
		case key.Kind != yaml.ScalarNode:
			d.errorf(path, "has a key that is not a plain value")
		case seen[key.Value]:
			d.errorf(path.Child(key.Value), "is written twice; remove one of them")
		default:
			seen[key.Value] = true
			own = append(own, entry{key.Value, value})
		}
	}
	for _, e := range merged {
		if !seen[e.key] {
			seen[e.key] = true
			own = append(own, e)
		}
	}
	return own
}

// mergedEntries returns the entries that a merge key brings: those of one mapping or of a list of mappings.
func (d *decoder) mergedEntries(value *yaml.Node, path *field.Path) []entry {
	value = d.resolve(value, path)
	switch {
	case value == nil:
		return nil
	case value.Kind == yaml.MappingNode:
		return d.entries(value, path)
	case value.Kind == yaml.SequenceNode:
		var all []entry
		for _, item := range value.Content {
			all = append(all, d.mergedEntries(item, path)...)
		}
		return all
	default:
		d.errorf(path, "the merge key << takes a map or a list of maps")
		return nil
	}
}

func (d *decoder) decodeStruct(node *yaml.Node, into reflect.Value, path *field.Path) {
	fields := fieldsOf(into.Type())
	if _, isReference := fields["name"]; isReference && len(fields) == 1 && node.Kind != yaml.MappingNode {
		d.errorf(path, "must be a map such as {name: NAME}, not %s", describe(node))
		return
	}
	if node.Kind != yaml.MappingNode {
		d.errorf(path, "must be a map, not %s", describe(node))
		return
	}
	for _, e := range d.entries(node, path) {
		f, known := fields[e.key]
		if !known {
			d.errorf(path.Child(e.key), "unknown field%s", suggest(e.key, fields))
			continue
		}
		d.decode(e.value, into.FieldByIndex(f.Index), path.Child(e.key), f.Tag)
	}
}

func (d *decoder) decodeMap(node *yaml.Node, into reflect.Value, path *field.Path, tag reflect.StructTag) {
	if node.Kind != yaml.MappingNode {
		d.errorf(path, "must be a map, not %s", describe(node))
		return
	}
	result := reflect.MakeMap(into.Type())
	for _, e := range d.entries(node, path) {
		at := path.Key(e.key)
		if into.Type().Elem().Kind() == reflect.Interface {
			at = path.Child(e.key)
		}
		value := reflect.New(into.Type().Elem()).Elem()
		if isNull(follow(e.value)) && value.Kind() != reflect.Interface {
			d.errorf(at, "has no value; write one or remove the key")
			continue
		}
		d.decode(e.value, value, at, tag)
		result.SetMapIndex(reflect.ValueOf(e.key).Convert(into.Type().Key()), value)
	}
	into.Set(result)
}

func (d *decoder) decodeSlice(node *yaml.Node, into reflect.Value, path *field.Path, tag reflect.StructTag) {
	if node.Kind != yaml.SequenceNode {
		d.errorf(path, "must be a list, not %s", describe(node))
		return
	}
	result := reflect.MakeSlice(into.Type(), len(node.Content), len(node.Content))
	for i, item := range node.Content {
		if isNull(follow(item)) && into.Type().Elem().Kind() != reflect.Interface {
			d.errorf(path.Index(i), "has no value; write one or remove the entry")
			continue
		}
		d.decode(item, result.Index(i), path.Index(i), tag)
	}
	into.Set(result)
}

// decodeAny reads free-form YAML: maps, lists, strings, booleans, int64 and float64.
func (d *decoder) decodeAny(node *yaml.Node, path *field.Path) any {
	node = d.resolve(node, path)
	if node == nil || isNull(node) {
		return nil
	}
	if d.depth++; d.depth > maxDepth {
		d.depth--
		d.errorf(path, "is nested more than %d levels deep", maxDepth)
		return nil
	}
	defer func() { d.depth-- }()
	switch node.Kind {
	case yaml.MappingNode:
		result := map[string]any{}
		for _, e := range d.entries(node, path) {
			result[e.key] = d.decodeAny(e.value, path.Child(e.key))
		}
		return result
	case yaml.SequenceNode:
		result := make([]any, len(node.Content))
		for i, item := range node.Content {
			result[i] = d.decodeAny(item, path.Index(i))
		}
		return result
	}
	switch node.Tag {
	case yaml.NodeTagString:
		return node.Value
	case yaml.NodeTagBool:
		if value := strings.ToLower(node.Value); value == "true" || value == "false" {
			return value == "true"
		}
	case yaml.NodeTagInt, yaml.NodeTagFloat:
		// An integer in the spelling of a float (1e7) is one to kustomize.
		if value, ok := integer(node); ok {
			return value
		}
		var value float64
		if node.Decode(&value) == nil && !math.IsNaN(value) && !math.IsInf(value, 0) {
			return value
		}
	}
	d.errorf(path, "must be a string, a number, true, false, a list or a map, not %s", describe(node))
	return nil
}

// follow returns what an alias stands for.
func follow(node *yaml.Node) *yaml.Node {
	for node.Kind == yaml.AliasNode {
		node = node.Alias
	}
	return node
}

func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.Tag == yaml.NodeTagNull
}

// describe names what a node is, for a message. It shows numbers and booleans, never a string, which may be secret.
func describe(node *yaml.Node) string {
	switch {
	case node.Kind == yaml.MappingNode:
		return "a map"
	case node.Kind == yaml.SequenceNode:
		return "a list"
	case node.Tag == yaml.NodeTagBool:
		return "the boolean " + node.Value
	case node.Tag == yaml.NodeTagInt, node.Tag == yaml.NodeTagFloat:
		return "the number " + node.Value
	case node.Tag == yaml.NodeTagString:
		return "this string"
	case node.Tag == "!!timestamp":
		return "a date"
	default:
		return "a value of type " + strings.TrimPrefix(node.Tag, "!!")
	}
}

// show is describe for the value of a field whose type is no string, so that what stands there is no secret either.
func show(node *yaml.Node) string {
	if node.Kind == yaml.ScalarNode && node.Tag == yaml.NodeTagString && len(node.Value) <= maxLabel {
		return strconv.Quote(node.Value)
	}
	return describe(node)
}

// fieldsOf returns the fields of a struct by their JSON keys, those of inlined structs included.
func fieldsOf(t reflect.Type) map[string]reflect.StructField {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if key != "" && key != "-" && f.IsExported() {
			fields[key] = f
		}
	}
	return fields
}

// keys returns the sorted keys of a map of fields.
func keys(fields map[string]reflect.StructField) []string {
	result := make([]string, 0, len(fields))
	for key := range fields {
		result = append(result, key)
	}
	slices.Sort(result)
	return result
}

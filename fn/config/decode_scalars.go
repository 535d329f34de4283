package config

import (
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// decodeString reads a string. A value of another type is refused, because YAML has changed it already: the version
// 1.10 is the number 1.1.
func (d *decoder) decodeString(node *yaml.Node, into reflect.Value, path *field.Path, tag reflect.StructTag) {
	if node.Kind != yaml.ScalarNode {
		d.errorf(path, "must be a string, not %s", describe(node))
		return
	}
	if node.Tag != yaml.NodeTagString {
		if tag.Get("secret") != "" {
			d.errorf(path, "must be a string; put it in quotes")
			return
		}
		d.errorf(path, "must be a string, but YAML reads it as %s; quote it: %q", describe(node), node.Value)
		return
	}
	value := node.Value
	if allowed := tag.Get("enum"); allowed != "" {
		canonical, ok := matchEnum(value, allowed)
		if !ok {
			d.errorf(path, "must be one of %s, not %q", strings.ReplaceAll(allowed, ",", ", "), value)
			return
		}
		if canonical == "" {
			return
		}
		value = canonical
	}
	into.SetString(value)
}

// matchEnum finds the allowed spelling of a value that may differ in case. The empty string stands for the default.
func matchEnum(value, allowed string) (canonical string, ok bool) {
	value = strings.TrimSpace(value)
	if value == "" {
		return "", true
	}
	for candidate := range strings.SplitSeq(allowed, ",") {
		if strings.EqualFold(candidate, value) {
			return candidate, true
		}
	}
	return "", false
}

// decodeBool reads a boolean, or the strings true and false in any case, as the chart does.
func (d *decoder) decodeBool(node *yaml.Node, into reflect.Value, path *field.Path) {
	if node.Kind == yaml.ScalarNode && (node.Tag == yaml.NodeTagBool || node.Tag == yaml.NodeTagString) {
		switch strings.ToLower(strings.TrimSpace(node.Value)) {
		case "true":
			into.SetBool(true)
			return
		case "false":
			into.SetBool(false)
			return
		}
	}
	d.errorf(path, "must be true or false, not %s", show(node))
}

var integerPattern = regexp.MustCompile(`^[+-]?[0-9]+$`)

// decodeInt reads an integer, or a string of digits, as the chart does.
func (d *decoder) decodeInt(node *yaml.Node, into reflect.Value, path *field.Path, tag reflect.StructTag) {
	value, ok := integer(node)
	if !ok {
		d.errorf(path, "must be an integer, not %s", show(node))
		return
	}
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if into.Kind() == reflect.Int32 {
		low, high = math.MinInt32, math.MaxInt32
	}
	if text := tag.Get("min"); text != "" {
		low, _ = strconv.ParseInt(text, 10, 64)
	}
	if text := tag.Get("max"); text != "" {
		high, _ = strconv.ParseInt(text, 10, 64)
	}
	switch {
	case value < low:
		d.errorf(path, "must be at least %d, not %d", low, value)
	case value > high:
		d.errorf(path, "must be at most %d, not %d", high, value)
	default:
		into.SetInt(value)
	}
}

// integer reads a node that is an integer in any of the spellings that a host may give it: kustomize turns 1e3 into
// 1000 before a function sees it, kpt does not.
func integer(node *yaml.Node) (int64, bool) {
	if node.Kind != yaml.ScalarNode {
		return 0, false
	}
	switch node.Tag {
	case yaml.NodeTagInt:
		var value int64
		err := node.Decode(&value)
		return value, err == nil
	case yaml.NodeTagFloat:
		var value float64
		if node.Decode(&value) != nil || value != math.Trunc(value) || math.Abs(value) > 1<<53 {
			return 0, false
		}
		return int64(value), true
	case yaml.NodeTagString:
		text := strings.TrimSpace(node.Value)
		if !integerPattern.MatchString(text) {
			return 0, false
		}
		value, err := strconv.ParseInt(text, 10, 64)
		return value, err == nil
	}
	return 0, false
}

// QuantityPattern is the form of a quantity as a regular expression, apart from spaces around it: that of Kubernetes,
// but with digits, and without the exponents over which Kubernetes' parser hangs.
const QuantityPattern = `^[+-]?([0-9]{1,18}(\.[0-9]{1,9})?|\.[0-9]{1,9})([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?$`

var quantityPattern = regexp.MustCompile(QuantityPattern)

func (d *decoder) decodeQuantity(node *yaml.Node, into *resource.Quantity, path *field.Path) {
	if node.Kind == yaml.ScalarNode {
		text := strings.TrimSpace(node.Value)
		if quantity, err := resource.ParseQuantity(text); quantityPattern.MatchString(text) && err == nil {
			*into = quantity
			return
		}
	}
	d.errorf(path, "must be a quantity such as 500m, 2 or 10Gi, not %s", show(node))
}

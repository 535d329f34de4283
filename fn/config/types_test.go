package config

import (
	"reflect"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/chromafn/chroma-fn/fn/version"
)

// The decoder knows these kinds of fields; another one would be dropped without a word.
func TestDecoderKnowsEveryKindOfField(t *testing.T) {
	known := []reflect.Kind{reflect.Pointer, reflect.Struct, reflect.Map, reflect.Slice, reflect.String, reflect.Bool,
		reflect.Int32, reflect.Int64, reflect.Interface}
	seen := map[reflect.Type]bool{}
	var visit func(path string, at reflect.Type)
	visit = func(path string, at reflect.Type) {
		if seen[at] || at == reflect.TypeFor[resource.Quantity]() {
			return
		}
		seen[at] = true
		assert.True(t, slices.Contains(known, at.Kind()), "%s is a %s", path, at.Kind())
		switch at.Kind() {
		case reflect.Pointer, reflect.Map, reflect.Slice:
			visit(path, at.Elem())
		case reflect.Struct:
			for key, f := range fieldsOf(at) {
				visit(path+"."+key, f.Type)
			}
		}
	}
	visit("spec", reflect.TypeFor[Spec]())
}

// A tag that names no capability would warn of nothing.
func TestCapabilitiesOfTheTagsExist(t *testing.T) {
	capabilities := reflect.TypeFor[version.Capabilities]()
	var visit func(at reflect.Type)
	visit = func(at reflect.Type) {
		for key, f := range fieldsOf(at) {
			if name := f.Tag.Get("chroma"); name != "" {
				_, found := capabilities.FieldByName(cutComma(name))
				assert.True(t, found, "%s: no capability %q", key, name)
			}
			if f.Type.Kind() == reflect.Struct && f.Type.PkgPath() == at.PkgPath() {
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[Spec]())
}

func cutComma(tag string) string {
	for i, r := range tag {
		if r == ',' {
			return tag[:i]
		}
	}
	return tag
}

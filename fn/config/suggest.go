package config

import (
	"reflect"
	"strings"

	"github.com/agnivade/levenshtein"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// maxListed is the number of fields up to which a message lists them all.
const maxListed = 12

// suggest words what an unknown key was probably meant to be: a neighbour with a similar name, or else a field of the
// same name elsewhere in the resource, or else the list of the neighbours. It returns the end of a message.
func suggest(key string, siblings map[string]reflect.StructField) string {
	best, distance := "", len(key)/3+1
	for _, candidate := range keys(siblings) {
		if d := levenshtein.ComputeDistance(strings.ToLower(key), strings.ToLower(candidate)); d < distance {
			best, distance = candidate, d
		}
	}
	if best != "" {
		return "; did you mean " + best + "?"
	}
	if places := placesOf(key, reflect.TypeFor[Spec](), field.NewPath("spec")); len(places) > 0 && len(places) < 4 {
		return "; did you mean " + strings.Join(places, " or ") + "?"
	}
	if len(siblings) > maxListed {
		return ""
	}
	return "; the fields are " + strings.Join(keys(siblings), ", ")
}

// placesOf lists the paths of all fields of our own types that have this key.
func placesOf(key string, t reflect.Type, path *field.Path) []string {
	var places []string
	fields := fieldsOf(t)
	for _, name := range keys(fields) {
		at := path.Child(name)
		if strings.EqualFold(name, key) {
			places = append(places, at.String())
		}
		if inner := fields[name].Type; inner.Kind() == reflect.Struct && inner.PkgPath() == t.PkgPath() {
			places = append(places, placesOf(key, inner, at)...)
		}
	}
	return places
}

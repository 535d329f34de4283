package main

import (
	"fmt"
	"reflect"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// reference is the schema of a struct of Kubernetes: what its definition says, but for null.
func (s *schemas) reference(t reflect.Type) (*schema, error) {
	// In draft-07 a $ref hides all keywords beside it, so it stands apart.
	result := &schema{Type: types{"object"}, AllOf: []*schema{{Ref: "#/definitions/" + t.Name()}}}
	if known, found := s.defined[t.Name()]; found {
		if known != t {
			return nil, fmt.Errorf("two types are called %s", t.Name())
		}
		return result, nil
	}
	// It is known before its fields are looked at, which may lead back to it.
	s.defined[t.Name()] = t
	definition, err := s.kubernetes(t)
	if err != nil {
		return nil, err
	}
	s.definitions[t.Name()] = definition
	return result, nil
}

// kubernetes is the definition of a struct of Kubernetes. The places that refer to it decide about null.
func (s *schemas) kubernetes(t reflect.Type) (*schema, error) {
	result := &schema{
		Description:          swaggerDoc(t)[""],
		Properties:           map[string]*schema{},
		AdditionalProperties: false,
	}
	for _, field := range reflect.VisibleFields(t) {
		key, isKey := keyOf(field)
		if !isKey {
			continue
		}
		property, err := s.value(field.Type, "", place{})
		if err != nil {
			return nil, fmt.Errorf("%s.%s: %w", t.Name(), field.Name, err)
		}
		property.Description = swaggerDoc(owner(t, field))[key]
		result.Properties[key] = property.orNull()
	}
	return result, nil
}

// addObjectMeta adds the other fields of an object's metadata. The loader knows their names and leaves their values to
// Kubernetes and the hosts.
func addObjectMeta(metadata *schema) {
	t := reflect.TypeFor[metav1.ObjectMeta]()
	for _, field := range reflect.VisibleFields(t) {
		key, isKey := keyOf(field)
		if isKey && metadata.Properties[key] == nil {
			metadata.Properties[key] = &schema{Description: swaggerDoc(t)[key]}
		}
	}
}

// owner is the struct that declares a field, which may be embedded in another.
func owner(t reflect.Type, field reflect.StructField) reflect.Type {
	for _, i := range field.Index[:len(field.Index)-1] {
		if t = t.Field(i).Type; t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
	}
	return t
}

// swaggerDoc holds the descriptions of a type of Kubernetes by its keys, and its own under the empty key.
func swaggerDoc(t reflect.Type) map[string]string {
	documented, ok := reflect.TypeAssert[interface{ SwaggerDoc() map[string]string }](reflect.Zero(t))
	if !ok {
		return nil
	}
	return documented.SwaggerDoc()
}

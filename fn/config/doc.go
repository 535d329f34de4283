// Package config is the ChromaConfig resource: its types, how it is read, its defaults and its validation.
//
// The types carry what the rest of the program and the generated reference need to know of a field in struct tags:
//
//	json     the key, as in the values of the Helm chart
//	chroma   the capability of fn/version that a server must have to heed the field; set on a server that lacks it,
//	         the field yields a warning. With ",checked" the validation of the field's own section says it instead.
//	enum     the allowed strings, separated by commas, compared without regard to case
//	min, max the range of an integer
//	example  a value for the reference
//	secret   set where the value must never appear in a message
//
// The package builds no Kubernetes objects and knows no protocol.
package config

// The identity of the resource.
const (
	Group      = "chromafn.dev"
	APIVersion = Group + "/v1alpha1"
	Kind       = "ChromaConfig"
)

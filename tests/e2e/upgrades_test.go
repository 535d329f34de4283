package e2e_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// change is one value of a live ChromaConfig that its user changes.
type change struct {
	Field string         `json:"field"`
	From  any            `json:"from,omitempty"`
	To    any            `json:"to,omitempty"`
	With  map[string]any `json:"with,omitempty"`
}

// What a change does, the gravest first.
const (
	// effectError: the program does not render it.
	effectError = "error"
	// effectRefused: the API server refuses one of the objects.
	effectRefused = "refused"
	// effectMoved: another StatefulSet is made, with an empty volume beside the old one.
	effectMoved = "moved"
	// effectRestarted: the pod is made anew.
	effectRestarted = "restarted"
	// effectUpdated: objects change, and the pod runs on.
	effectUpdated = "updated"
	// effectNone: nothing changes.
	effectNone = "none"
)

// effect is what becomes of a change.
type effect struct {
	change
	Effect string `json:"effect"`
	// Refusals are what the API server said, one a refused object.
	Refusals []objectRefusal `json:"refusals,omitempty"`
}

// objectRefusal is the stable part of what the API server says of an object that it refuses.
type objectRefusal struct {
	Kind   string `json:"kind"`
	Field  string `json:"field"`
	Cause  string `json:"cause"`
	Detail string `json:"detail"`
}

// Each value of the spec is changed on a live database. What the API server makes of it is data, with which whatever
// else judges a change must agree.
func TestEachChangeHasItsKnownEffect(t *testing.T) {
	var changes []change
	require.NoError(t, yaml.UnmarshalStrict(readFile(t, testdata+"/upgrades/changes.yaml"), &changes))
	requireEveryField(t, changes)
	effects := make([]effect, len(changes))
	sections := map[string][]int{}
	for i, c := range changes {
		parts := strings.Split(c.Field, ".")
		section := strings.Join(parts[:min(3, len(parts))], ".")
		sections[section] = append(sections[section], i)
	}
	t.Run("change", func(t *testing.T) {
		for section, members := range sections {
			t.Run(section, func(t *testing.T) {
				t.Parallel()
				for _, i := range members {
					effects[i] = changes[i].effect(t, fmt.Sprintf("change-%d", i))
				}
			})
		}
	})
	text, err := yaml.Marshal(effects)
	require.NoError(t, err)
	golden(t, "upgrades/effects.yaml", "# What becomes of each change of changes.yaml. Written by tests/e2e with -update.\n"+string(text))
}

// requireEveryField fails the test where the schema has a field that no change names, or the other way round.
func requireEveryField(t *testing.T, changes []change) {
	t.Helper()
	var schema struct{ Properties struct{ Spec schemaNode } }
	require.NoError(t, json.Unmarshal([]byte(runProgram(t, nil, "", "schema").manifests), &schema))
	var named []string
	for _, c := range changes {
		if strings.HasPrefix(c.Field, "spec.") {
			named = append(named, c.Field)
		}
	}
	slices.Sort(named)
	require.ElementsMatch(t, schema.Properties.Spec.fields("spec"), slices.Compact(named))
}

// schemaNode is the part of a JSON Schema that nests.
type schemaNode struct {
	Properties map[string]schemaNode
}

// fields are the paths of the values at or below a node.
func (n schemaNode) fields(path string) []string {
	if len(n.Properties) == 0 {
		return []string{path}
	}
	var fields []string
	for key, child := range n.Properties {
		fields = append(fields, child.fields(path+"."+key)...)
	}
	return fields
}

// effect brings a database to life, changes it, and looks at what became of it.
func (c change) effect(t *testing.T, namespace string) effect {
	t.Helper()
	s := newSession(t)
	s.createNamespace(t, namespace, "privileged")
	before := map[string]*unstructured.Unstructured{}
	live := deployment{c.Field, s, render(t, c.config(t, namespace, c.From)).objects(t)}
	for _, object := range live.objects {
		applied, err := s.apply(t, object)
		require.NoError(t, err, "%s before", c.Field)
		before[identity(object)] = applied
	}
	live.offerVolumes(t)
	result := effect{change: c, Effect: effectNone}
	after := render(t, c.config(t, namespace, c.To))
	if after.failed {
		result.Effect = effectError
		return result
	}
	for _, object := range after.objects(t) {
		applied, err := s.apply(t, object)
		if applied == nil || err != nil {
			result.Refusals = append(result.Refusals, refusalOf(t, object, err))
			result.Effect = effectRefused
			continue
		}
		result.add(effectOn(t, before[identity(object)], applied))
	}
	changesTried.Add(1)
	return result
}

// add keeps the graver effect.
func (e *effect) add(of string) {
	gravity := []string{effectRefused, effectMoved, effectRestarted, effectUpdated, effectNone}
	if slices.Index(gravity, of) < slices.Index(gravity, e.Effect) {
		e.Effect = of
	}
}

// effectOn compares an object before and after a change.
func effectOn(t *testing.T, before, after *unstructured.Unstructured) string {
	t.Helper()
	isSet := after.GetKind() == "StatefulSet"
	switch {
	case before == nil && isSet:
		return effectMoved
	case before == nil:
		return effectUpdated
	case isSet && !equality.Semantic.DeepEqual(decode[appsv1.StatefulSet](t, before).Spec.Template, decode[appsv1.StatefulSet](t, after).Spec.Template):
		return effectRestarted
	case !sameContent(before, after):
		return effectUpdated
	default:
		return effectNone
	}
}

// sameContent compares what users write of an object.
func sameContent(before, after *unstructured.Unstructured) bool {
	strip := func(object *unstructured.Unstructured) map[string]any {
		object = object.DeepCopy()
		object.SetManagedFields(nil)
		object.SetResourceVersion("")
		object.SetGeneration(0)
		unstructured.RemoveNestedField(object.Object, "status")
		return object.Object
	}
	return equality.Semantic.DeepEqual(strip(before), strip(after))
}

// refusalOf cuts a refusal to what does not change from one release of Kubernetes to the next.
func refusalOf(t *testing.T, object *unstructured.Unstructured, err error) objectRefusal {
	t.Helper()
	status, isStatus := errors.AsType[*apierrors.StatusError](err)
	require.True(t, isStatus, "%s: %v", identity(object), err)
	require.NotNil(t, status.ErrStatus.Details, "%v", err)
	causes := status.ErrStatus.Details.Causes
	require.Len(t, causes, 1, "%v", err)
	detail, _, _ := strings.Cut(causes[0].Message, " for fields other than ")
	return objectRefusal{object.GetKind(), causes[0].Field, string(causes[0].Type), detail}
}

// config is the ChromaConfig with the value; nil leaves the field out.
func (c change) config(t *testing.T, namespace string, value any) map[string]any {
	t.Helper()
	with := c.With
	if with == nil {
		with = map[string]any{"chromadb": map[string]any{"apiVersion": "1.5.9", "auth": map[string]any{"enabled": false}}}
	}
	spec := map[string]any{}
	join(t, spec, with)
	config := chromaConfig("db", namespace, spec)
	path := strings.Split(c.Field, ".")
	unstructured.RemoveNestedField(config, path...)
	if value != nil {
		require.NoError(t, unstructured.SetNestedField(config, normal(t, value), path...))
	}
	return config
}

// normal is a value in the types that Unstructured knows.
func normal(t *testing.T, value any) any {
	t.Helper()
	text, err := yaml.Marshal(map[string]any{"value": value})
	require.NoError(t, err)
	text, err = yaml.YAMLToJSON(text)
	require.NoError(t, err)
	object := &unstructured.Unstructured{}
	require.NoError(t, object.UnmarshalJSON([]byte(`{"apiVersion": "v1", "kind": "Value", `+string(text[1:]))))
	return object.Object["value"]
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestSchemaDocument(t *testing.T) {
	text, err := schemaDocument(os.DirFS(filepath.Join(repository, "fn/config")))
	require.NoError(t, err)
	var document map[string]any
	require.NoError(t, json.Unmarshal([]byte(text), &document))

	tag := lookup(t, document, "spec", "chromadb", "sqliteDb", "hashType")
	assert.Contains(t, tag["description"], " Heeded by Chroma 1.0.0 and newer.")
	port := lookup(t, document, "spec", "chromadb", "serverHttpPort")
	assert.Equal(t, []any{8000.0, 1.0, 65535.0}, []any{port["default"], port["minimum"], port["maximum"]})
	assert.Equal(t, []any{"1.5.9"}, lookup(t, document, "spec", "chromadb", "apiVersion")["examples"])

	header := lookup(t, document, "spec", "chromadb", "auth", "token", "tokenHeader")
	assert.Equal(t, true, header["deprecated"])
	assert.Contains(t, header["description"], " Deprecated: Use chromadb.auth.token.headerType.")
	assert.Equal(t, lookup(t, document, "spec", "chromadb", "auth", "token", "headerType")["anyOf"], header["anyOf"])

	assert.NotContains(t, lookup(t, document, "metadata", "finalizers"), "type")
	assert.Contains(t, lookup(t, document, "metadata", "namespace"), "type")
	assert.Equal(t, false, lookup(t, document, "spec")["additionalProperties"])
}

// lookup returns the schema of the key at a path.
func lookup(t *testing.T, at map[string]any, path ...string) map[string]any {
	t.Helper()
	for _, key := range path {
		properties, ok := at["properties"].(map[string]any)
		require.True(t, ok)
		at, ok = properties[key].(map[string]any)
		require.True(t, ok, "there is no %s of %v", key, path)
	}
	return at
}

// Kubernetes' descriptions stand in an embedded type for the fields that it lends.
func TestSchemaOfKubernetes(t *testing.T) {
	s := &schemas{definitions: map[string]*schema{}, defined: map[string]reflect.Type{}}
	_, err := s.reference(reflect.TypeFor[corev1.Probe]())
	require.NoError(t, err)
	probe := s.definitions["Probe"]
	assert.NotEmpty(t, probe.Description)
	assert.NotEmpty(t, probe.Properties["httpGet"].Description)
	assert.NotEmpty(t, s.definitions["HTTPGetAction"].Properties["port"].Description)
}

// Types that hold themselves end, and what cannot be told apart or described is refused.
func TestSchemaOfStrangeTypes(t *testing.T) {
	type Recursive struct {
		Again []*Recursive `json:"again"`
	}
	s := &schemas{definitions: map[string]*schema{}, defined: map[string]reflect.Type{"Pod": reflect.TypeFor[corev1.Probe]()}}
	_, err := s.reference(reflect.TypeFor[Recursive]())
	require.NoError(t, err)
	assert.Equal(t, "#/definitions/Recursive", s.definitions["Recursive"].Properties["again"].Items.AllOf[0].Ref)

	_, err = s.reference(reflect.TypeFor[corev1.Pod]())
	require.EqualError(t, err, "two types are called Pod")
	_, err = s.reference(reflect.TypeFor[struct {
		Field float64 `json:"field"`
	}]())
	require.EqualError(t, err, ".Field: the type float64 has no schema")
	_, err = integer(`min:"one"`, 0, 1)
	require.ErrorContains(t, err, "reading the tag min")
}

func TestNewerField(t *testing.T) {
	field, isRenamed, err := newerField("Use chromadb.data.volumeSize.")
	require.NoError(t, err)
	assert.True(t, isRenamed)
	assert.Equal(t, "VolumeSize", field.Name)
	assert.Equal(t, []string{"data", "volumeSize"}, relative(field.path, "spec.chromadb"))

	_, isRenamed, err = newerField("It has no effect.")
	require.NoError(t, err)
	assert.False(t, isRenamed)
	for _, wrong := range []string{"Use chromadb.data.size.", "Use chromadb.apiVersion.major."} {
		_, _, err = newerField(wrong)
		require.ErrorContains(t, err, "which is no key")
	}
}

func TestPatterns(t *testing.T) {
	for pattern, texts := range map[string]struct{ matched, others []string }{
		anyCase("", "X-a"): {[]string{"", " ", "x-A", " X-A\n"}, []string{"X-", "x-aa"}},
		anyCase("true"):    {[]string{"TRUE "}, []string{"", "tru"}},
		integerPattern:     {[]string{"1", " +007 ", "-1"}, []string{"", "1.0", "1e3"}},
		quantityPattern():  {[]string{"1", " -.5Gi ", "1e-3", "2E", "100m", "1Ei"}, []string{"", "Gi", "1 Gi", "1K", ".", "+"}},
	} {
		for _, text := range texts.matched {
			assert.Regexp(t, pattern, text)
		}
		for _, text := range texts.others {
			assert.NotRegexp(t, pattern, text)
		}
	}
}

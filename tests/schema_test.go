package tests_test

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"
	sigsyaml "sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
	"github.com/chromafn/chroma-fn/fn/schema"
)

func TestSchemaCommand(t *testing.T) {
	got := run(t, "", "schema")
	assert.Zero(t, got.exit)
	assert.Empty(t, got.stderr)
	assert.Equal(t, readFile(t, "../fn/schema/chromaconfig.schema.json"), got.stdout)
}

// An editor must find the schema from where the example lies.
func TestExamplesNameTheSchema(t *testing.T) {
	for _, path := range glob(t, "../examples/*/chroma.yaml") {
		first, _, _ := strings.Cut(readFile(t, path), "\n")
		assert.Equal(t, "# yaml-language-server: $schema=../../fn/schema/chromaconfig.schema.json", first, path)
	}
}

// The schema accepts and refuses what the loader does, over all inputs of the tests.
func TestSchemaAgreesWithLoader(t *testing.T) {
	c := newComparison(t)
	for name, nodes := range schemaInputs(t) {
		for i, node := range nodes {
			c.check(fmt.Sprintf("%s, %d", name, i), node)
		}
	}
	assert.Greater(t, c.accepted, 100, "inputs that were accepted")
	assert.Greater(t, c.refused, 20, "inputs that were refused")
}

// Each exception is needed: its example is refused by the one side that it names, for the reason that it names.
func TestSchemaExceptionsAreNeeded(t *testing.T) {
	c := newComparison(t)
	for _, e := range c.exceptions {
		t.Run(e.Reason, func(t *testing.T) {
			node, err := yaml.Parse("apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\n" + e.Example)
			require.NoError(t, err)
			refusals := c.refusals(node)
			other := map[string]string{"loader": "schema", "schema": "loader"}[e.RefusedBy]
			assert.NotEmpty(t, refusals[e.RefusedBy])
			assert.Empty(t, refusals[other])
			for _, line := range refusals[e.RefusedBy] {
				assert.Regexp(t, e.Message, line)
			}
		})
	}
}

// What the schema shows as an example or a default it accepts itself.
func TestSchemaAcceptsItsExamples(t *testing.T) {
	document := schemaValue(t)
	compiler := schemaCompiler(t, document)
	count := 0
	var visit func(at any, pointer string)
	visit = func(at any, pointer string) {
		object, isObject := at.(map[string]any)
		if !isObject {
			return
		}
		examples, _ := object["examples"].([]any)
		if value, found := object["default"]; found {
			examples = append(examples, value)
		}
		for _, example := range examples {
			count++
			compiled, err := compiler.Compile(schemaURL + "#" + pointer)
			require.NoError(t, err)
			assert.NoError(t, compiled.Validate(example), pointer)
		}
		properties, _ := object["properties"].(map[string]any)
		for key, value := range properties {
			visit(value, pointer+"/properties/"+key)
		}
	}
	visit(document, "")
	assert.Greater(t, count, 50)
}

// schemaURL is the name of the schema during the tests.
const schemaURL = "chromaconfig.json"

func schemaValue(t *testing.T) any {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.JSON()))
	require.NoError(t, err)
	return document
}

func schemaCompiler(t *testing.T, document any) *jsonschema.Compiler {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	require.NoError(t, compiler.AddResource(schemaURL, document))
	return compiler
}

// exception is a kind of input on which the schema and the loader disagree.
type exception struct {
	Reason    string `json:"reason"`
	RefusedBy string `json:"refusedBy"`
	Message   string `json:"message"`
	Example   string `json:"example"`
}

// comparison holds the schema against the loader.
type comparison struct {
	t                 *testing.T
	schema            *jsonschema.Schema
	exceptions        []exception
	accepted, refused int
}

func newComparison(t *testing.T) *comparison {
	t.Helper()
	compiled, err := schemaCompiler(t, schemaValue(t)).Compile(schemaURL)
	require.NoError(t, err)
	c := &comparison{t: t, schema: compiled}
	require.NoError(t, sigsyaml.UnmarshalStrict([]byte(readFile(t, "testdata/schema/exceptions.yaml")), &c.exceptions))
	require.NotEmpty(t, c.exceptions)
	return c
}

// check demands one verdict of both, or an exception for all that the refusing side says.
func (c *comparison) check(name string, node *yaml.RNode) {
	c.t.Helper()
	refusals := c.refusals(node)
	byLoader, bySchema := refusals["loader"], refusals["schema"]
	switch {
	case len(byLoader) == 0 && len(bySchema) == 0:
		c.accepted++
	case len(byLoader) > 0 && len(bySchema) > 0:
		c.refused++
	case c.isExcused("loader", byLoader) && c.isExcused("schema", bySchema):
	default:
		assert.Fail(c.t, "the schema and the loader disagree", "%s\n%s\nloader: %q\nschema: %q", name, node.MustString(), byLoader, bySchema)
	}
}

func (c *comparison) isExcused(side string, lines []string) bool {
	for _, line := range lines {
		excused := false
		for _, e := range c.exceptions {
			excused = excused || e.RefusedBy == side && regexp.MustCompile(e.Message).MatchString(line)
		}
		if !excused {
			return false
		}
	}
	return true
}

// refusals returns what the loader and the schema have against a ChromaConfig. What an editor could not turn into JSON
// either counts as refused by the schema.
func (c *comparison) refusals(node *yaml.RNode) map[string][]string {
	value, err := toJSON(node.YNode())
	if err != nil {
		return map[string][]string{"loader": loaderRefusals(node, nil), "schema": {err.Error()}}
	}
	var invalid *jsonschema.ValidationError
	var bySchema []string
	if err := c.schema.Validate(value); errors.As(err, &invalid) {
		bySchema = leaves(invalid)
	}
	return map[string][]string{"loader": loaderRefusals(node, value), "schema": bySchema}
}

// loaderRefusals returns the errors of the loader, each with the JSON type of the value between its path and message.
func loaderRefusals(node *yaml.RNode, value any) []string {
	if !config.Is(node) {
		return []string{"it is no ChromaConfig"}
	}
	_, problems := config.Load(node)
	kinds := map[string]string{}
	collectKinds(value, "", kinds)
	var refusals []string
	for _, problem := range problems {
		if problem.Severity == config.Error {
			refusals = append(refusals, fmt.Sprintf("%s (%s): %s", problem.Field, kinds[pathKey(problem.Field)], problem.Message))
		}
	}
	return refusals
}

// leaves are the complaints of the schema about single values.
func leaves(invalid *jsonschema.ValidationError) []string {
	if len(invalid.Causes) == 0 {
		return []string{invalid.Error()}
	}
	var all []string
	for _, cause := range invalid.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

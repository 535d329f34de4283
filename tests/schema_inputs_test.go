package tests_test

import (
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// schemaInputs are all ChromaConfigs that the tests have, by their file.
func schemaInputs(t *testing.T) map[string][]*yaml.RNode {
	t.Helper()
	inputs := map[string][]*yaml.RNode{}
	for _, pattern := range []string{"testdata/messages/*.yaml", "testdata/function/*/input.yaml", "../examples/*/*.yaml"} {
		for _, path := range glob(t, pattern) {
			for document := range strings.SplitSeq(readFile(t, path), "\n---\n") {
				node, err := yaml.Parse(document)
				require.NoError(t, err, path)
				inputs[path] = append(inputs[path], configsOf(node)...)
			}
		}
	}
	for _, path := range append(glob(t, "chart/testdata/renders/*/values.yaml"), "chart/testdata/chart-0.2.2-values.yaml") {
		inputs[path] = []*yaml.RNode{chromaConfig(t, readFile(t, path))}
	}
	for _, path := range fuzzCorpus(t) {
		for _, text := range fuzzTexts(readFile(t, path)) {
			inputs[path] = append(inputs[path], fuzzConfigs(t, text)...)
		}
	}
	return inputs
}

// configsOf returns the node itself, or the entries of a ResourceList, that are ChromaConfigs.
func configsOf(node *yaml.RNode) []*yaml.RNode {
	candidates := []*yaml.RNode{node}
	if node.GetKind() == "ResourceList" {
		candidates = nil
		if configured := node.Field("functionConfig"); !configured.IsNilOrEmpty() {
			candidates = append(candidates, configured.Value)
		}
		if items := node.Field("items"); !items.IsNilOrEmpty() {
			for _, item := range items.Value.Content() {
				candidates = append(candidates, yaml.NewRNode(item))
			}
		}
	}
	var configs []*yaml.RNode
	for _, candidate := range candidates {
		if !candidate.IsNil() && candidate.YNode().Kind == yaml.MappingNode && config.Is(candidate) {
			configs = append(configs, candidate)
		}
	}
	return configs
}

// fuzzCorpus finds the inputs that a fuzzer has found worth keeping.
func fuzzCorpus(t *testing.T) []string {
	t.Helper()
	var found []string
	require.NoError(t, filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && strings.Contains(filepath.ToSlash(path), "/testdata/fuzz/") {
			found = append(found, path)
		}
		return err
	}))
	return found
}

// fuzzTexts are the strings of an input in the format of Go's fuzzer.
func fuzzTexts(file string) []string {
	var texts []string
	for line := range strings.Lines(file) {
		literal := strings.TrimSuffix(strings.TrimSpace(line), ")")
		for _, prefix := range []string{"string(", "[]byte("} {
			if quoted, found := strings.CutPrefix(literal, prefix); found {
				if text, err := strconv.Unquote(quoted); err == nil {
					texts = append(texts, text)
				}
			}
		}
	}
	return texts
}

// fuzzConfigs are the ChromaConfigs of a text, which may itself be a spec. What is no YAML has none.
func fuzzConfigs(t *testing.T, text string) []*yaml.RNode {
	t.Helper()
	node, err := yaml.Parse(text)
	if err != nil || node.IsNil() || node.YNode().Kind != yaml.MappingNode {
		return nil
	}
	if node.GetKind() != "" {
		return configsOf(node)
	}
	return []*yaml.RNode{chromaConfig(t, text)}
}

func TestFuzzTexts(t *testing.T) {
	assert.Equal(t, []string{"a: b\n", "c"}, fuzzTexts("go test fuzz v1\nstring(\"a: b\\n\")\nint(5)\n[]byte(\"c\")\n"))
	assert.Len(t, fuzzConfigs(t, "replicaCount: 1"), 1)
	assert.Len(t, fuzzConfigs(t, "kind: ResourceList\nitems: [{kind: ChromaConfig, apiVersion: chromafn.dev/v1}, {kind: Pod}]"), 1)
	assert.Empty(t, fuzzConfigs(t, "a: ["))
}

// mutations is how often each ChromaConfig is changed at random.
const mutations = 400

// The schema and the loader agree on any change of a configuration that uses everything.
func TestSchemaAgreesWithLoaderOnMutations(t *testing.T) {
	c := newComparison(t)
	for _, path := range glob(t, "testdata/function/everything-*/input.yaml") {
		list, err := yaml.Parse(readFile(t, path))
		require.NoError(t, err)
		configs := configsOf(list)
		require.NotEmpty(t, configs)
		random := rand.New(rand.NewPCG(1, 2))
		for range mutations {
			mutant := configs[0].Copy()
			mutate(mutant.YNode(), random)
			text, err := mutant.String()
			require.NoError(t, err)
			node, err := yaml.Parse(text)
			require.NoError(t, err)
			c.check(path, node)
		}
	}
	assert.Greater(t, c.accepted, mutations/5, "mutants that were accepted")
	assert.Greater(t, c.refused, mutations/2, "mutants that were refused")
}

// mutate changes one value, key or entry anywhere in the node.
func mutate(root *yaml.Node, random *rand.Rand) {
	var parents []*yaml.Node
	var visit func(node *yaml.Node)
	visit = func(node *yaml.Node) {
		if len(node.Content) > 0 {
			parents = append(parents, node)
		}
		for _, child := range node.Content {
			visit(child)
		}
	}
	visit(root)
	parent := parents[random.IntN(len(parents))]
	width := 1
	if parent.Kind == yaml.MappingNode {
		width = 2
	}
	start := random.IntN(len(parent.Content)/width) * width
	key, value := parent.Content[start], &parent.Content[start+width-1]
	switch choice := random.IntN(8); {
	case choice == 0:
		parent.Content = append(parent.Content[:start:start], parent.Content[start+width:]...)
	case choice == 1 && width == 2:
		key.Value = []string{key.Value + "s", strings.ToUpper(key.Value), "extra", ""}[random.IntN(4)]
	default:
		texts := replacements()
		*value = yaml.MustParse(texts[random.IntN(len(texts))]).YNode()
	}
}

// replacements are values of every type, and of each type those that lie at a limit.
func replacements() []string {
	return []string{
		"null", `""`, `" "`, "text", "Always", "TOKEN", "[]", "{}", "[text]", "[1]", "[null]", "[{}]", "{a: b}", "{a: 1}", "{a: null}",
		"true", "FALSE", `"true"`, `" False "`, "yes", `"no"`, `"1"`, "0", "1", "-1", "1.0", "1.5", "1e3", "65535", "65536", "4294967295",
		"4294967296", "2147483648", "-9223372036854775809", `"12"`, `" +12 "`, `"1.0"`, `"1e3"`, "10Gi", `" 500m "`, "1e3Gi", `"-1"`,
		`"99999999999999999999"`, "{requests: {cpu: 1}, limits: {memory: x}}", "[{name: a, image: b}]", "2020-01-01", "nan", ".nan",
	}
}

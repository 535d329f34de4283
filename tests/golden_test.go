package tests_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
)

// Each directory of testdata/function is a case: input.yaml is a ResourceList, output.yaml what the program answers,
// and stderr.txt what it says, with its exit code.
func TestFunctionGoldens(t *testing.T) {
	for _, input := range glob(t, "testdata/function/*/input.yaml") {
		directory := filepath.Dir(input)
		t.Run(filepath.Base(directory), func(t *testing.T) {
			text := readFile(t, input)
			got := run(t, text)
			golden(t, filepath.Join(directory, "output.yaml"), got.stdout)
			golden(t, filepath.Join(directory, "stderr.txt"), fmt.Sprintf("%sexit: %d\n", got.stderr, got.exit))
			assert.Equal(t, got, run(t, text), "the second run differs")
		})
	}
}

// The order of the items must not matter to what is generated: the same objects come out, whatever the order.
func TestOrderOfItemsDoesNotMatter(t *testing.T) {
	for _, input := range glob(t, "testdata/function/*/input.yaml") {
		t.Run(filepath.Base(filepath.Dir(input)), func(t *testing.T) {
			want := sortedItems(t, readFile(t, input), func([]*yaml.RNode) {})
			for seed := range uint64(3) {
				shuffle := rand.New(rand.NewPCG(seed, seed))
				got := sortedItems(t, readFile(t, input), func(items []*yaml.RNode) {
					shuffle.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
				})
				assert.Equal(t, want, got)
			}
		})
	}
}

// A second render over the function's own output changes nothing.
func TestSecondRenderChangesNothing(t *testing.T) {
	for _, input := range glob(t, "testdata/function/*/input.yaml") {
		t.Run(filepath.Base(filepath.Dir(input)), func(t *testing.T) {
			first := run(t, readFile(t, input))
			if first.exit != 0 {
				return
			}
			assert.Equal(t, first.stdout, strings.ReplaceAll(run(t, first.stdout).stdout, doubled(first.stdout), results(first.stdout)))
		})
	}
}

// results is the part of a ResourceList that holds its results; those of the second run are appended to it.
func results(list string) string {
	_, after, found := strings.Cut(list, "\nresults:\n")
	if !found {
		return ""
	}
	return after
}

func doubled(list string) string {
	return results(list) + results(list)
}

// sortedItems processes a ResourceList after the items were rearranged and returns its items in a fixed order.
func sortedItems(t *testing.T, text string, rearrange func([]*yaml.RNode)) []string {
	t.Helper()
	reader := &kio.ByteReader{Reader: strings.NewReader(text), OmitReaderAnnotations: true}
	items, err := reader.Read()
	require.NoError(t, err)
	rearrange(items)
	list := &fn.ResourceList{Items: items, FunctionConfig: reader.FunctionConfig}
	require.NoError(t, fn.Process(list))
	var texts []string
	for _, item := range list.Items {
		var text bytes.Buffer
		require.NoError(t, kio.ByteWriter{Writer: &text, KeepReaderAnnotations: true}.Write([]*yaml.RNode{item}))
		texts = append(texts, text.String())
	}
	slices.Sort(texts)
	return texts
}

// Each file of testdata/messages holds ChromaConfigs, one a mistake or a doubtful wish, and its golden what the
// program says of each, the results that it keeps from standard error included.
func TestMessageGoldens(t *testing.T) {
	for _, input := range glob(t, "testdata/messages/*.yaml") {
		t.Run(filepath.Base(input), func(t *testing.T) {
			var said strings.Builder
			for document := range strings.SplitSeq(readFile(t, input), "\n---\n") {
				title, _, _ := strings.Cut(document, "\n")
				node, err := yaml.Parse(document)
				require.NoError(t, err)
				list := &fn.ResourceList{FunctionConfig: node}
				require.NoError(t, fn.Process(list))
				fmt.Fprintf(&said, "%s\n%s", title, lines(list.Results))
				if list.Failed() {
					assert.Empty(t, list.Items, "a render with errors must yield nothing")
				}
			}
			golden(t, strings.TrimSuffix(input, ".yaml")+".golden", said.String())
		})
	}
}

// Each directory of examples is rendered as its README says, or each of its overlays; the goldens lie in
// testdata/examples.
func TestExampleGoldens(t *testing.T) {
	for _, directory := range glob(t, "../examples/*") {
		assert.FileExists(t, filepath.Join(directory, "README.md"))
		name := filepath.Base(directory)
		sources := []string{name}
		if overlays, err := filepath.Glob(directory + "/overlays/*"); err == nil && len(overlays) > 0 {
			sources = nil
			for _, overlay := range overlays {
				sources = append(sources, name+"/overlays/"+filepath.Base(overlay))
			}
		}
		for _, source := range sources {
			t.Run(source, func(t *testing.T) {
				got := run(t, "", "render", filepath.Join("examples", source))
				assert.Zero(t, got.exit, got.stderr)
				path := filepath.Join("testdata/examples", strings.ReplaceAll(source, "/overlays/", "-"))
				golden(t, path+".yaml", got.stdout)
				golden(t, path+".stderr", got.stderr)
			})
		}
	}
}

// The first impression must hold no complaint.
func TestQuickstartIsQuiet(t *testing.T) {
	assert.Empty(t, run(t, "", "render", "examples/quickstart").stderr)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	require.NoError(t, err)
	require.NotEmpty(t, paths, "nothing matches %s", pattern)
	return paths
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

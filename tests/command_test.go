package tests_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const quiet = `apiVersion: chromafn.dev/v1alpha1
kind: ChromaConfig
metadata:
  name: chroma
spec: {chromadb: {apiVersion: 1.5.9, auth: {enabled: false}}}
`

// oddItems are items that are no objects.
const oddItems = `kind: ResourceList
items:
- [a]
- null
- word
- {apiVersion: v1, kind: ConfigMap, metadata: [a]}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: [a]}}
- {apiVersion: v1, kind: [a]}
- {apiVersion: chromafn.dev/v1alpha1, kind: ChromaConfig, metadata: {name: a, annotations: [foo: bar]}}
- {apiVersion: chromafn.dev/v1alpha1, kind: ChromaConfig, metadata: {name: &n a, labels: {x: *n}}}
functionConfig: [a]
`

// What a person meets at the command line, right and wrong.
func TestCommandGolden(t *testing.T) {
	directory := t.TempDir()
	write := func(name, text string) {
		path := filepath.Join(directory, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write("values/values.yaml", "chromadb: {}\n")
	write("broken/broken.yaml", "a: [\n")
	write("separator/a.yaml", "a: b\n--- c\nd: e\n")
	write("foreign/foreign.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: foreign}\n")
	write("kustomization/kustomization.yaml", "resources: []\n")
	write("package/Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\n")
	write("wrong/chroma.yaml", strings.Replace(quiet, "chromadb:", "chromdb:", 1))
	write("twice/a.yaml", quiet)
	write("twice/b.yaml", quiet)
	write("full/old.yaml", "")
	write("empty/README.md", "")
	write("good/chroma.yaml", quiet)

	var said strings.Builder
	for _, c := range []struct {
		stdin string
		args  []string
	}{
		{"", []string{"--help"}},
		{"", []string{"--doc"}},
		{"", []string{"render", "--help"}},
		{"", []string{"schema", "--help"}},
		{"", []string{"frobnicate"}},
		{"", []string{"--frobnicate"}},
		{"", []string{"render"}},
		{"", []string{"render", "a", "b"}},
		{"", []string{"version", "now"}},
		{"", []string{"render", "nowhere"}},
		{"", []string{"render", "empty"}},
		{"", []string{"render", "values"}},
		{"", []string{"render", "broken"}},
		{"", []string{"render", "separator"}},
		{"", []string{"render", "foreign"}},
		{"", []string{"render", "kustomization"}},
		{"", []string{"render", "package"}},
		{"", []string{"render", "wrong"}},
		{"", []string{"render", "wrong/chroma.yaml"}},
		{"", []string{"render", "twice"}},
		{"", []string{"render", "good", "-o", "full"}},
		{"", []string{"render", "-"}},
		{"chromadb: {}\n", []string{"render", "-"}},
		{"", nil},
		{"a: [\n", nil},
		{quiet, nil},
		{"kind: ResourceList\nitems: word\n", nil},
		{"kind: ResourceList\n---\nkind: ResourceList\n", nil},
		{oddItems, nil},
		{"- user: admin\n  password: topsecret\n", []string{"render", "-"}},
		{quiet + "---\napiVersion: v1\nkind: A\nmetadata: {annotations: [topsecret]}\n", []string{"render", "-"}},
	} {
		got := runIn(t, directory, c.stdin, c.args...)
		fmt.Fprintf(&said, "$ chroma-fn %s\n%s%sexit: %d\n\n", strings.Join(c.args, " "), got.stdout, got.stderr, got.exit)
	}
	golden(t, "testdata/commands.golden", said.String())
}

// Other objects of the files are passed on, those that are not for a cluster are not, and standard input works.
func TestRenderPassesOthersOn(t *testing.T) {
	foreign := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: foreign # kept\ndata:\n  b: c\n"
	local := "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: local\n  annotations:\n    config.kubernetes.io/local-config: \"true\"\n"
	got := run(t, foreign+"---\n"+quiet+"---\n"+local, "render", "-")
	require.Zero(t, got.exit, got.stderr)
	assert.True(t, strings.HasPrefix(got.stdout, foreign), got.stdout)
	assert.NotContains(t, got.stdout, "name: local")
	assert.NotContains(t, got.stdout, "kind: ChromaConfig")
	assert.NotContains(t, got.stdout, "internal.config")
	assert.Equal(t, run(t, quiet, "render", "-").stdout, strings.TrimPrefix(got.stdout, foreign+"---\n"))
}

// With -o each object has a file, which together are what standard output would have shown.
func TestRenderIntoDirectory(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "new", "out")
	named := strings.Replace(quiet, "  name: chroma\n", "  name: chroma\n  namespace: db\n", 1)
	got := run(t, named, "render", "-", "-o", directory)
	require.Zero(t, got.exit, got.stderr)
	assert.Empty(t, got.stdout)
	var names []string
	var texts []string
	for _, path := range glob(t, directory+"/*") {
		names = append(names, filepath.Base(path))
		texts = append(texts, readFile(t, path))
	}
	assert.Equal(t, []string{"db_configmap_chroma-chromadb-config.yaml", "db_service_chroma-chromadb-headless.yaml",
		"db_service_chroma-chromadb.yaml", "db_serviceaccount_chroma-chromadb.yaml", "db_statefulset_chroma-chromadb.yaml"}, names)
	whole := strings.Split(run(t, named, "render", "-").stdout, "---\n")
	slices.Sort(whole)
	slices.Sort(texts)
	assert.Equal(t, whole, texts)
	file := filepath.Join(t.TempDir(), "keep.txt")
	require.NoError(t, os.WriteFile(file, []byte("precious"), 0o600))
	assert.Contains(t, run(t, named, "render", "-", "-o", file).stderr, "is no directory")
	assert.Equal(t, "precious", readFile(t, file))
	again := run(t, named, "render", "-", "-o", directory)
	assert.Equal(t, 1, again.exit)
	assert.Contains(t, again.stderr, "is not empty")
}

// Nothing is left behind by a render that fails on its way.
func TestRenderIntoDirectoryIsWhole(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "out")
	doubled := "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
	got := run(t, doubled+doubled+quiet, "render", "-", "-o", directory)
	assert.Equal(t, 1, got.exit)
	assert.Contains(t, got.stderr, `two objects are ConfigMap "a"`)
	assert.NoDirExists(t, directory)
	entries, err := os.ReadDir(filepath.Dir(directory))
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestVersionCommand(t *testing.T) {
	got := run(t, "", "version")
	assert.Zero(t, got.exit)
	assert.Contains(t, got.stdout, "Chroma: 0.4.3 to 1.5.9")
	assert.Contains(t, got.stdout, "ghcr.io/chromafn/chroma-fn")
}

package tests_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/fn/runtime/runtimeutil"
	"sigs.k8s.io/kustomize/kyaml/kio"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
)

// A package of files, rendered in place as kpt does it: its runtime is the same library, kyaml's, which gives every
// item an identity, calls the function, and puts comments and the order of fields back by that identity.
type kptPackage string

func (p kptPackage) render(t *testing.T) {
	t.Helper()
	config := yaml.MustParse("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: function-input}\ndata: {}\n")
	files := &kio.LocalPackageReadWriter{PackagePath: string(p), MatchFilesGlob: append(kio.DefaultMatch, "Kptfile"), PreserveSeqIndent: true}
	function := &runtimeutil.FunctionFilter{FunctionConfig: config, GlobalScope: true, Run: runFunction}
	require.NoError(t, kio.Pipeline{Inputs: []kio.Reader{files}, Filters: []kio.Filter{function}, Outputs: []kio.Writer{files}}.Execute())
}

func runFunction(in io.Reader, out io.Writer) error {
	list, err := fn.Run(in, out, fn.Overrides{})
	if err != nil {
		return err
	}
	if list.Failed() {
		return errors.New(lines(list.Results))
	}
	return nil
}

// snapshot reads all files of the package.
func (p kptPackage) snapshot(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(string(p), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(string(p), path)
		files[name] = readFile(t, path)
		return err
	}))
	return files
}

func (p kptPackage) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(string(p), name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// edit changes a file; the change must be one.
func (p kptPackage) edit(t *testing.T, name, old, replacement string) {
	t.Helper()
	text := readFile(t, filepath.Join(string(p), name))
	require.Contains(t, text, old, name)
	p.write(t, name, strings.Replace(text, old, replacement, 1))
}

func (p kptPackage) move(t *testing.T, from, to string) {
	t.Helper()
	p.write(t, to, readFile(t, filepath.Join(string(p), from)))
	require.NoError(t, os.Remove(filepath.Join(string(p), from)))
}

// strangers are files of a package that are not ours, with all that a library may be tempted to tidy up.
func strangers(random *rand.Rand) map[string]string {
	files := map[string]string{
		"Kptfile": "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: db # the package\n  annotations:\n    config.kubernetes.io/local-config: \"true\"\n",
	}
	for i := range random.IntN(6) {
		var text strings.Builder
		for j := range 1 + random.IntN(3) {
			if j > 0 {
				text.WriteString("---\n")
			}
			fmt.Fprintf(&text, "# head comment %d\nkind: ConfigMap # kind first\napiVersion: v1\nmetadata:\n  name: foreign-%d-%d\n  namespace: 'quoted' # line comment\ndata:\n  z: \"1\"\n  # kpt-set: ${x}\n  a: |\n    many\n    lines\n", j, i, j)
		}
		files[fmt.Sprintf("%s/foreign-%d.yaml", []string{".", "a", "a/b"}[random.IntN(3)], i)] = text.String()
	}
	return files
}

const packaged = `# The database of the team.
apiVersion: chromafn.dev/v1alpha1
kind: ChromaConfig
metadata:
  name: %s
  namespace: %s
  annotations:
    chromafn.dev/owner: '%[2]s/%[1]s'
    config.kubernetes.io/local-config: 'true'
spec:
  chromadb:
    apiVersion: 1.5.9 # kpt-set: ${version}
    auth:
      enabled: false
  ingress:
    enabled: true # for now
    hosts:
    - host: %[1]s.example.com
      paths:
      - path: /
`

// Over random packages: a second render changes nothing; what people do to the files afterwards stays (comments, setter
// marks, the order of fields, moved files), strangers keep every byte, and what is no longer wanted goes.
func TestPackagesOfKpt(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 7))
			p := kptPackage(t.TempDir())
			foreign := strangers(random)
			for name, text := range foreign {
				p.write(t, name, text)
			}
			// The same name in two namespaces, and two names in one.
			p.write(t, "db/chroma.yaml", fmt.Sprintf(packaged, "chroma", "one"))
			p.write(t, "other/chroma.yaml", fmt.Sprintf(packaged, "chroma", "two"))
			p.write(t, "db/second.yaml", fmt.Sprintf(packaged, "second", "one"))

			p.render(t)
			first := p.snapshot(t)
			assert.Equal(t, fmt.Sprintf(packaged, "chroma", "one"), first["db/chroma.yaml"])
			p.render(t)
			require.Equal(t, first, p.snapshot(t), "the second render differs")

			p.edit(t, "db/service_chroma-chromadb.yaml", "  - name: http\n", "  - name: http # the API\n")
			p.edit(t, "db/service_chroma-chromadb.yaml", "apiVersion: v1\nkind: Service\n", "# ours\nkind: Service\napiVersion: v1\n")
			p.edit(t, "db/statefulset_chroma-chromadb.yaml", "image: ghcr.io/chroma-core/chroma:1.5.9\n", "image: ghcr.io/chroma-core/chroma:1.5.9 # kpt-set: ${image}\n")
			p.move(t, "db/configmap_chroma-chromadb-config.yaml", "moved/config.yaml")
			edited := p.snapshot(t)
			p.render(t)
			require.Equal(t, edited, p.snapshot(t), "what was done by hand is gone")

			p.edit(t, "db/chroma.yaml", "enabled: true # for now", "enabled: false # no longer")
			p.render(t)
			last := p.snapshot(t)
			assert.NotContains(t, last, "db/ingress_chroma-chromadb.yaml")
			delete(edited, "db/ingress_chroma-chromadb.yaml")
			edited["db/chroma.yaml"] = last["db/chroma.yaml"]
			assert.Equal(t, edited, last, "more went than the ingress of this one")
			for name, text := range foreign {
				assert.Equal(t, text, last[filepath.Clean(name)])
			}
		})
	}
}

// Later functions of a pipeline change what we made, and the ChromaConfig with it; the next render takes the objects
// for its own all the same.
func TestLaterMutatorsOfKpt(t *testing.T) {
	p := kptPackage(t.TempDir())
	p.write(t, "chroma.yaml", strings.ReplaceAll(fmt.Sprintf(packaged, "chroma", "one"), "  annotations:\n    chromafn.dev/owner: 'one/chroma'\n    config.kubernetes.io/local-config: 'true'\n", ""))
	p.render(t)
	files := p.snapshot(t)
	for name, text := range files {
		p.write(t, name, strings.ReplaceAll(text, "namespace: one\n", "namespace: production\n"))
	}
	p.render(t)
	again := p.snapshot(t)
	assert.Len(t, again, len(files))
	for name := range files {
		assert.Contains(t, again[name], "namespace: production\n")
		assert.Contains(t, again[name], "chromafn.dev/owner: ")
		assert.Contains(t, again[name], "one/chroma")
	}
	p.render(t)
	assert.Equal(t, again, p.snapshot(t))
}

// An edit of a value that we generate does not last: the ChromaConfig is where values are changed.
func TestEditedValuesOfKpt(t *testing.T) {
	p := kptPackage(t.TempDir())
	p.write(t, "chroma.yaml", fmt.Sprintf(packaged, "chroma", "one"))
	p.render(t)
	first := p.snapshot(t)
	p.edit(t, "statefulset_chroma-chromadb.yaml", "replicas: 1\n", "replicas: 3\n")
	p.render(t)
	assert.Equal(t, first, p.snapshot(t))
}

// A file of somebody else with the identity of an object of ours is not overwritten, until it is handed over.
func TestHandOverInKpt(t *testing.T) {
	p := kptPackage(t.TempDir())
	p.write(t, "chroma.yaml", fmt.Sprintf(packaged, "chroma", "one"))
	p.write(t, "mine.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: chroma-chromadb\n  namespace: one\nspec: {}\n")
	before := p.snapshot(t)
	got := run(t, resourceList(t, p), []string{}...)
	assert.Equal(t, 1, got.exit)
	assert.Contains(t, got.stderr, "annotate it with chromafn.dev/owner: one/chroma to have it replaced")
	assert.Equal(t, before, p.snapshot(t))
	p.edit(t, "mine.yaml", "  namespace: one\n", "  namespace: one\n  annotations:\n    chromafn.dev/owner: one/chroma\n")
	p.render(t)
	assert.Contains(t, p.snapshot(t)["mine.yaml"], "port: 8000")
}

// resourceList is what kpt would pass for the package.
func resourceList(t *testing.T, p kptPackage) string {
	t.Helper()
	var text strings.Builder
	reader := kio.LocalPackageReader{PackagePath: string(p)}
	writer := kio.ByteWriter{Writer: &text, WrappingKind: kio.ResourceListKind, WrappingAPIVersion: kio.ResourceListAPIVersion, KeepReaderAnnotations: true}
	require.NoError(t, kio.Pipeline{Inputs: []kio.Reader{reader}, Outputs: []kio.Writer{writer}}.Execute())
	return text.String()
}

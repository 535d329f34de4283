package tests_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/hostile"
)

// A repository that somebody else writes runs nothing, reads nothing outside of itself, and is refused within the
// limits, with an error that names the culprit.
func TestHostileRepositories(t *testing.T) {
	fetched := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		fmt.Fprint(w, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: topsecret}\n")
	}))
	defer server.Close()
	for _, c := range hostile.Cases(server.URL) {
		t.Run(c.Name, func(t *testing.T) {
			r := hostile.New(t)
			c.Make(r)
			started := time.Now()
			got := runIn(t, r.Directory, "", "render", ".")
			assert.Less(t, time.Since(started), 30*time.Second)
			assert.Equal(t, 1, got.exit)
			assert.Empty(t, got.stdout)
			for _, culprit := range c.Blames {
				assert.Contains(t, got.stderr, culprit)
			}
			assert.NoFileExists(t, r.Marker, "the program was run")
			assert.NotContains(t, got.stderr, "topsecret")
			assert.Less(t, len(got.stderr), 2000, "an error for people")
			assert.Zero(t, fetched, "something was fetched")
		})
	}
}

// Where a render would lose a database, or what it does is not what kustomize or kpt would do, it says so.
func TestRendersThatWouldMislead(t *testing.T) {
	const generator = "apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: NAME\n  annotations: {config.kubernetes.io/function: \"container: {image: ghcr.io/chromafn/chroma-fn}\"}\nspec: {chromadb: {apiVersion: 1.5.9, auth: {enabled: false}}}\n"
	named := func(name string) string { return strings.Replace(generator, "NAME", name, 1) }
	pipeline := func(function string) string {
		return "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  " + function + "\n"
	}
	local := strings.Replace(quiet, "metadata:\n", "metadata:\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n", 1)
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"as a resource":            {map[string]string{"kustomization.yaml": "resources: [chroma.yaml]\n", "chroma.yaml": quiet}, "is listed under resources"},
		"without the annotation":   {map[string]string{"kustomization.yaml": "generators: [chroma.yaml]\n", "chroma.yaml": quiet}, "config.kubernetes.io/function"},
		"nothing at all":           {map[string]string{"kustomization.yaml": "namespace: a\nconfigMapGenerator: []\n"}, "nothing was rendered"},
		"as a local resource":      {map[string]string{"kustomization.yaml": "resources: [other.yaml]\n", "other.yaml": local + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"}, "list it under generators"},
		"beside one that renders":  {map[string]string{"kustomization.yaml": "generators: [a.yaml]\nresources: [b.yaml]\n", "a.yaml": named("first"), "b.yaml": local}, `"chroma": the ChromaConfig was read`},
		"program without a path":   {map[string]string{"kustomization.yaml": "generators: [a.yaml, b.yaml]\n", "a.yaml": strings.Replace(named("chroma"), "container: {image: ghcr.io/chromafn/chroma-fn}", "exec: {}", 1), "b.yaml": named("chroma-2")}, "names a program to be run (exec)"},
		"made twice":               {map[string]string{"kustomization.yaml": "generators: [a.yaml]\nresources: [a.yaml]\n", "a.yaml": named("a")}, "is made twice"},
		"two kinds of directory":   {map[string]string{"kustomization.yaml": "", "Kptfile": ""}, "holds both kustomization.yaml and Kptfile"},
		"remote component":         {map[string]string{"kustomization.yaml": "components: ['https://github.com/foo/bar//x']\n"}, "https://github.com/foo/bar//x: remote bases and files are refused"},
		"remote base by ssh":       {map[string]string{"kustomization.yaml": "resources: ['git@github.com:foo/bar']\n"}, "git@github.com:foo/bar: remote bases and files are refused"},
		"package without function": {map[string]string{"Kptfile": "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\n", "chroma.yaml": quiet, "old.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {chromafn.dev/owner: /chroma}\n"}, "no function of the package renders this ChromaConfig"},
		"as a validator":           {map[string]string{"Kptfile": pipeline("validators: [{image: ghcr.io/chromafn/chroma-fn}]"), "chroma.yaml": quiet}, "under mutators"},
		"both configurations":      {map[string]string{"Kptfile": pipeline("mutators: [{image: ghcr.io/chromafn/chroma-fn, configPath: chroma.yaml, configMap: {a: b}}]"), "chroma.yaml": quiet}, "exclude each other"},
		"tag as a constraint":      {map[string]string{"Kptfile": pipeline("mutators: [{image: ghcr.io/chromafn/chroma-fn, tag: '>1'}]"), "chroma.yaml": quiet}, "is a constraint"},
		"selectors":                {map[string]string{"Kptfile": pipeline("mutators: [{image: ghcr.io/chromafn/chroma-fn, selectors: [{kind: A}]}]"), "chroma.yaml": quiet}, "selectors or exclude"},
		"misspelt pipeline":        {map[string]string{"Kptfile": "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipline: {}\n"}, "field pipline not found"},
		"another Kptfile":          {map[string]string{"Kptfile": "apiVersion: kpt.dev/v2\nkind: Kptfile\n"}, "must be a Kptfile of kpt.dev/v1"},
		"ignored files":            {map[string]string{"Kptfile": pipeline("mutators: []"), ".krmignore": "x\n"}, ".krmignore: only kpt itself reads this file"},
		"missing configuration":    {map[string]string{"Kptfile": pipeline("mutators: [{image: ghcr.io/chromafn/chroma-fn, configPath: gone.yaml}]"), "chroma.yaml": quiet}, "gone.yaml"},
		"empty setting":            {map[string]string{"Kptfile": pipeline("mutators: [{image: ghcr.io/chromafn/chroma-fn, configMap: {\"\": x}}]"), "chroma.yaml": quiet}, `data[]: "" is no field`},
		"other things in a tree":   {map[string]string{"below/kustomization.yaml": "", "chroma.yaml": quiet}, "is not plain YAML"},
	} {
		t.Run(name, func(t *testing.T) {
			r := hostile.New(t)
			for file, text := range c.files {
				r.Write(file, text)
			}
			got := runIn(t, r.Directory, "", "render", "-r", ".")
			assert.Equal(t, 1, got.exit, got.stdout)
			assert.Contains(t, got.stderr, c.want)
		})
	}
}

// What a file holds as data is no function, and an image by another tag or digest is no secret.
func TestRendersWithNotes(t *testing.T) {
	r := hostile.New(t)
	r.Write("chroma.yaml", quiet+"---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: probes}\ndata:\n  probe.yaml: |\n    exec:\n      command: [sh]\n")
	assert.Zero(t, runIn(t, r.Directory, "", "render", ".").exit)
	r.Write("kustomization.yaml", "generators: [generator.yaml]\nresources: [other.yaml]\n")
	r.Write("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: probes}\ndata:\n  probe.yaml: |\n    exec:\n      command: [sh]\n")
	for image, want := range map[string]string{":v9": ":v9 is asked for, and chroma-fn dev runs", "@sha256:abc": "by its digest, which cannot be checked", ":dev": "", ":latest": ""} {
		r.Write("generator.yaml", strings.Replace(quiet, "metadata:\n", "metadata:\n  annotations: {config.kubernetes.io/function: \"container: {image: 'ghcr.io/chromafn/chroma-fn"+image+"'}\"}\n", 1))
		got := runIn(t, r.Directory, "", "render", ".")
		assert.Zero(t, got.exit, got.stderr)
		assert.Contains(t, got.stderr, want)
		assert.Equal(t, want == "", got.stderr == "")
	}
	kpt := hostile.New(t)
	kpt.Write("chroma.yaml", quiet)
	kpt.Write("Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators: [{image: 'ghcr.io/chromafn/chroma-fn:v9'}]\n")
	assert.Contains(t, runIn(t, kpt.Directory, "", "render", ".").stderr, "warning: the image ghcr.io/chromafn/chroma-fn:v9 is asked for")
}

// A link given as the argument does not lead out of its repository, and the limits hold for plain YAML and standard
// input too.
func TestBoundsOfPlainYAML(t *testing.T) {
	r := hostile.New(t)
	r.Write(".git/HEAD", "")
	require.NoError(t, os.Symlink("../outside/secret.yaml", filepath.Join(r.Directory, "link.yaml")))
	got := runIn(t, r.Directory, "", "render", "link.yaml")
	assert.Equal(t, 1, got.exit)
	assert.Contains(t, got.stderr, "link.yaml is outside of")
	require.NoError(t, os.Symlink("loop.yaml", filepath.Join(r.Directory, "loop.yaml")))
	assert.Contains(t, runIn(t, r.Directory, "", "render", ".").stderr, ".yaml")
	require.NoError(t, os.RemoveAll(filepath.Join(r.Directory, "loop.yaml")))
	require.NoError(t, os.Remove(filepath.Join(r.Directory, "link.yaml")))
	r.Write("chroma.yaml", quiet)
	for args, want := range map[string]string{
		"--max-bytes 10":      "more than 10 bytes are read in all",
		"--max-file-bytes 10": "more than the limit of 10",
		"--timeout 1ns":       "it takes longer than the limit of 1ns",
	} {
		got := runIn(t, r.Directory, "", append([]string{"render", "."}, strings.Fields(args)...)...)
		assert.Equal(t, 1, got.exit)
		assert.Contains(t, got.stderr, want)
	}
	assert.Contains(t, runIn(t, r.Directory, quiet, "render", "-", "--max-file-bytes", "10").stderr, "- has more than the limit of 10 bytes")
}

// An interrupted build leaves nothing behind.
func TestInterruptedBuildLeavesNothing(t *testing.T) {
	r := hostile.New(t)
	var generators strings.Builder
	for i := range 200 {
		fmt.Fprintf(&generators, "---\napiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: chroma-%d\n  annotations: {config.kubernetes.io/function: \"container: {image: ghcr.io/chromafn/chroma-fn}\"}\nspec: {}\n", i)
	}
	r.Write("kustomization.yaml", "generators: [generators.yaml]\n")
	r.Write("generators.yaml", generators.String())
	temporary := t.TempDir()
	cmd := exec.Command(binary, "render", ".")
	cmd.Dir, cmd.Env = r.Directory, append(os.Environ(), "TMPDIR="+temporary)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		entries, err := os.ReadDir(temporary)
		return err == nil && len(entries) > 0
	}, 10*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	entries, err := os.ReadDir(temporary)
	require.NoError(t, err)
	assert.Empty(t, entries)
}

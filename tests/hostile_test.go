package tests_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// repository is a directory to render, beside a secret and a program that must be neither read nor run.
type repository struct {
	directory string
	marker    string
}

func newRepository(t *testing.T) repository {
	t.Helper()
	root := t.TempDir()
	r := repository{filepath.Join(root, "repository"), filepath.Join(root, "was-run")}
	r.write(t, "../outside/secret.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: topsecret}\n")
	r.write(t, "evil.sh", "#!/bin/sh\ntouch "+r.marker+"\n")
	require.NoError(t, os.Chmod(filepath.Join(r.directory, "evil.sh"), 0o755))
	return r
}

func (r repository) write(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join(r.directory, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

// generator writes a kustomization with one generator whose function annotation is given.
func (r repository) generator(t *testing.T, annotation string) {
	t.Helper()
	r.write(t, "kustomization.yaml", "generators: [generator.yaml]\n")
	r.write(t, "generator.yaml", fmt.Sprintf("apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata:\n  name: chroma\n  annotations:\n    config.kubernetes.io/function: |\n%s\n", indent(annotation)))
}

func indent(text string) string {
	return "      " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n      ")
}

// bomb is a few lines of YAML that stand for 10^9 values.
func bomb() string {
	var text strings.Builder
	text.WriteString("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bomb}\nx0: &x0 [a, a, a, a, a, a, a, a, a, a]\n")
	for i := range 8 {
		fmt.Fprintf(&text, "x%d: &x%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*x%d, ", i), 10), ", "))
	}
	return text.String()
}

// A repository that somebody else writes runs nothing, reads nothing outside of itself, and is refused within the
// limits, with an error that names the culprit.
func TestHostileRepositories(t *testing.T) {
	fetched := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetched++
		fmt.Fprint(w, "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: topsecret}\n")
	}))
	defer server.Close()
	for _, c := range []struct {
		name   string
		make   func(t *testing.T, r repository)
		blames []string
	}{
		{"program as generator", func(t *testing.T, r repository) {
			r.generator(t, "exec: {path: ./evil.sh}")
		}, []string{"generator.yaml", "exec"}},
		{"program inline", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "generators:\n- |-\n  apiVersion: a/v1\n  kind: B\n  metadata:\n    name: c\n    annotations:\n      config.kubernetes.io/function: 'exec: {path: ./evil.sh}'\n")
		}, []string{"kustomization.yaml", "exec"}},
		{"program by a patch", func(t *testing.T, r repository) {
			r.generator(t, "container: {image: "+image+"}")
			r.write(t, "kustomization.yaml", "generators: [generator]\n")
			r.write(t, "generator/base/kustomization.yaml", "resources: [generator.yaml]\n")
			r.write(t, "generator/base/generator.yaml", readFile(t, filepath.Join(r.directory, "generator.yaml")))
			r.write(t, "generator/kustomization.yaml", "resources: [base]\npatches:\n- target: {kind: ChromaConfig}\n  patch: |-\n    - op: replace\n      path: /metadata/annotations/config.kubernetes.io~1function\n      value: \"exec: {path: ./evil.sh}\"\n")
		}, []string{"exec"}},
		{"another image", func(t *testing.T, r repository) {
			r.generator(t, "container: {image: docker.io/library/alpine}")
		}, []string{"docker.io/library/alpine"}},
		{"image with a similar name", func(t *testing.T, r repository) {
			r.generator(t, "container: {image: "+image+"-evil:v1}")
		}, []string{image + "-evil"}},
		{"flags for an image", func(t *testing.T, r repository) {
			r.generator(t, "container: {image: --privileged}")
		}, []string{"--privileged"}},
		{"mount", func(t *testing.T, r repository) {
			r.generator(t, "container:\n  image: "+image+"\n  mounts: [{type: bind, src: ., dst: /x, rw: true}]")
		}, []string{"mounts are refused"}},
		{"network", func(t *testing.T, r repository) {
			r.generator(t, "container: {image: "+image+", network: true}")
		}, []string{"network"}},
		{"path out of the repository", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "resources: [../outside/secret.yaml]\n")
		}, []string{"outside/secret.yaml"}},
		{"directory out of the repository", func(t *testing.T, r repository) {
			r.write(t, "../outside/kustomization.yaml", "resources: [secret.yaml]\n")
			r.write(t, "kustomization.yaml", "resources: [../outside]\n")
		}, []string{"outside"}},
		{"link out of the repository", func(t *testing.T, r repository) {
			require.NoError(t, os.Symlink("../outside/secret.yaml", filepath.Join(r.directory, "link.yaml")))
			r.write(t, "kustomization.yaml", "resources: [link.yaml]\n")
		}, []string{"link.yaml"}},
		{"link out of plain YAML", func(t *testing.T, r repository) {
			require.NoError(t, os.Symlink("../outside/secret.yaml", filepath.Join(r.directory, "link.yaml")))
			r.write(t, "chroma.yaml", quiet)
		}, []string{"link.yaml"}},
		{"plugin by its path", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "generators: [plugin.yaml]\n")
			r.write(t, "plugin.yaml", "apiVersion: ../../../"+r.directory+"\nkind: evil.sh\nmetadata: {name: x}\n")
		}, []string{"plugin.yaml"}},
		{"generator from elsewhere", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "generators: ["+server.URL+"/generator.yaml]\n")
		}, []string{server.URL}},
		{"resource from elsewhere", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "resources: ["+server.URL+"/resource.yaml]\n")
		}, []string{server.URL}},
		{"base from elsewhere", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "resources: [\"https://github.com/example/example//base?ref=main\"]\n")
		}, []string{"github.com/example/example"}},
		{"Helm chart", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "helmCharts: [{name: a, repo: "+server.URL+"}]\n")
		}, []string{"Helm charts"}},
		{"aliases that multiply", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "resources: [bomb.yaml]\n")
			r.write(t, "bomb.yaml", bomb())
		}, []string{"bomb.yaml", "aliases"}},
		{"aliases that multiply in plain YAML", func(t *testing.T, r repository) {
			r.write(t, "bomb.yaml", bomb())
		}, []string{"bomb.yaml", "aliases"}},
		{"file of 100 MB", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "resources: [large.yaml]\n")
			r.write(t, "large.yaml", "x: &x "+strings.Repeat("a", 100<<20)+"\n")
		}, []string{"large.yaml", "limit"}},
		{"pipe", func(t *testing.T, r repository) {
			r.write(t, "kustomization.yaml", "resources: [/dev/zero]\n")
		}, []string{"/dev/zero"}},
		{"program of a kpt pipeline", func(t *testing.T, r repository) {
			r.write(t, "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators:\n  - exec: ./evil.sh\n")
		}, []string{"./evil.sh"}},
		{"image of a kpt pipeline", func(t *testing.T, r repository) {
			r.write(t, "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators:\n  - image: set-labels:v0.1\n")
		}, []string{"set-labels:v0.1"}},
		{"path out of a kpt package", func(t *testing.T, r repository) {
			r.write(t, "Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\npipeline:\n  mutators:\n  - image: "+image+"\n    configPath: ../outside/secret.yaml\n")
		}, []string{"../outside/secret.yaml"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepository(t)
			c.make(t, r)
			started := time.Now()
			got := runIn(t, r.directory, "", "render", ".")
			assert.Less(t, time.Since(started), 30*time.Second)
			assert.Equal(t, 1, got.exit)
			assert.Empty(t, got.stdout)
			for _, culprit := range c.blames {
				assert.Contains(t, got.stderr, culprit)
			}
			assert.NoFileExists(t, r.marker, "the program was run")
			assert.NotContains(t, got.stderr, "topsecret")
			assert.Less(t, len(got.stderr), 2000, "an error for people")
			assert.Zero(t, fetched, "something was fetched")
		})
	}
}

// Where a render of a kustomization would lose a database without a word, it says so.
func TestKustomizationsThatLoseAChromaConfig(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"is listed under resources":          {"kustomization.yaml": "resources: [chroma.yaml]\n", "chroma.yaml": quiet},
		"config.kubernetes.io/function":      {"kustomization.yaml": "generators: [chroma.yaml]\n", "chroma.yaml": quiet},
		"nothing was rendered":               {"kustomization.yaml": "resources: []\nnamespace: a\nconfigMapGenerator: []\n"},
		"list it under generators":           {"kustomization.yaml": "resources: [other.yaml]\n", "other.yaml": strings.Replace(quiet, "metadata:\n", "metadata:\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n", 1) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"},
		"holds both kustomization.yaml and ": {"kustomization.yaml": "", "Kptfile": ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRepository(t)
			for file, text := range files {
				r.write(t, file, text)
			}
			got := runIn(t, r.directory, "", "render", ".")
			assert.Equal(t, 1, got.exit)
			assert.Contains(t, got.stderr, name)
		})
	}
}

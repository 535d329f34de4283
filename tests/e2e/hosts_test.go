package e2e_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

// hosts are the programs that run the function, and ours.
type hosts struct {
	program, kustomize, kpt string
	// withoutDocker is a directory with our program under the name docker.
	withoutDocker string
}

func newHosts(t *testing.T) hosts {
	t.Helper()
	directory := t.TempDir()
	h := hosts{program: builtProgram(t), withoutDocker: filepath.Join(directory, "without-docker")}
	var err error
	h.kustomize, err = cluster.Build(t.Context(), cluster.Kustomize())
	require.NoError(t, err)
	h.kpt, err = cluster.Build(t.Context(), cluster.Kpt())
	require.NoError(t, err)
	h.run(t, directory, h.program, "install", h.withoutDocker)
	return h
}

// run runs a program in a directory, with our own docker on its path, and returns its output.
func (h hosts) run(t *testing.T, directory string, command ...string) string {
	t.Helper()
	return runHost(t, directory, withPath(os.Environ(), h.withoutDocker), command...)
}

func runHost(t *testing.T, directory string, env []string, command ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = directory, env, &stdout, &stderr
	require.NoError(t, cmd.Run(), "%s\n%s%s", strings.Join(command, " "), stdout.String(), stderr.String())
	return stdout.String()
}

const (
	hostsImage     = "ghcr.io/chromafn/chroma-fn"
	hostsContainer = "container: {image: " + hostsImage + "}"
)

// plainExamples are the examples that are a ChromaConfig and nothing else.
func plainExamples(t *testing.T) map[string]string {
	t.Helper()
	examples := map[string]string{}
	for _, name := range []string{"quickstart", "production", "legacy-token-auth", "from-values", "flux-rendered"} {
		text, err := os.ReadFile(filepath.Join(imageRoot, "examples", name, "chroma.yaml"))
		require.NoError(t, err)
		examples[name] = string(text)
	}
	return examples
}

// asKustomization makes a kustomization whose generator is the ChromaConfig.
func asKustomization(t *testing.T, chromaConfig, annotation string) string {
	t.Helper()
	directory := t.TempDir()
	annotated := strings.Replace(chromaConfig, "metadata:\n", "metadata:\n  annotations:\n    config.kubernetes.io/function: '"+annotation+"'\n", 1)
	imageWrite(t, filepath.Join(directory, "chroma.yaml"), annotated, 0o600)
	imageWrite(t, filepath.Join(directory, "kustomization.yaml"), "generators: [chroma.yaml]\n", 0o600)
	return directory
}

// asPackage makes a kpt package of the ChromaConfig.
func asPackage(t *testing.T, chromaConfig, function string) string {
	t.Helper()
	directory := t.TempDir()
	imageWrite(t, filepath.Join(directory, "chroma.yaml"), chromaConfig, 0o600)
	imageWrite(t, filepath.Join(directory, "Kptfile"), "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: test\npipeline:\n  mutators:\n  - "+function+"\n", 0o600)
	return directory
}

// Whoever runs the function, the objects are the same: each example through kustomize and kpt, as a container without
// Docker and as a program, and through our own process.
func TestHostsAgree(t *testing.T) {
	h := newHosts(t)
	ways := map[string]func(t *testing.T, chromaConfig string) string{
		"kustomize, container": func(t *testing.T, c string) string {
			return h.run(t, asKustomization(t, c, hostsContainer), h.kustomize, "build", "--enable-alpha-plugins", ".")
		},
		"kustomize, program": func(t *testing.T, c string) string {
			return h.run(t, asKustomization(t, c, "exec: {path: "+h.program+"}"), h.kustomize, "build", "--enable-alpha-plugins", "--enable-exec", ".")
		},
		"render of a kustomization": func(t *testing.T, c string) string {
			return h.run(t, asKustomization(t, c, hostsContainer), h.program, "render", ".")
		},
		"kpt fn render, container": func(t *testing.T, c string) string {
			return h.run(t, asPackage(t, c, "image: "+hostsImage+":latest"), h.kpt, "fn", "render", ".", "-o", "unwrap")
		},
		"kpt fn render, program": func(t *testing.T, c string) string {
			return h.run(t, asPackage(t, c, "exec: "+h.program), h.kpt, "fn", "render", ".", "-o", "unwrap", "--allow-exec")
		},
		"kpt fn render, configPath": func(t *testing.T, c string) string {
			return h.run(t, asPackage(t, c, "{image: "+hostsImage+":latest, configPath: chroma.yaml}"), h.kpt, "fn", "render", ".", "-o", "unwrap")
		},
		"kpt fn eval, container": func(t *testing.T, c string) string {
			return h.run(t, asPackage(t, c, "exec: nothing"), h.kpt, "fn", "eval", ".", "-o", "unwrap", "-i", hostsImage+":latest")
		},
		"kpt fn eval, program": func(t *testing.T, c string) string {
			return h.run(t, asPackage(t, c, "exec: nothing"), h.kpt, "fn", "eval", ".", "-o", "unwrap", "--exec", h.program)
		},
		"render of a package": func(t *testing.T, c string) string {
			return h.run(t, asPackage(t, c, "image: "+hostsImage+":latest"), h.program, "render", ".")
		},
	}
	for name, chromaConfig := range plainExamples(t) {
		t.Run(name, func(t *testing.T) {
			want := objectsOf(t, h.run(t, imageRoot, h.program, "render", filepath.Join("examples", name)))
			require.NotEmpty(t, want)
			for _, way := range slices.Sorted(maps.Keys(ways)) {
				assert.Equal(t, want, objectsOf(t, ways[way](t, chromaConfig)), way)
			}
		})
	}
}

// The examples of kustomize and kpt give the same through their own host as through render.
func TestExamplesOfHostsAgree(t *testing.T) {
	h := newHosts(t)
	for _, example := range []string{"kustomize-generator", "kustomize-overlays/overlays/dev", "kustomize-overlays/overlays/prod"} {
		path := filepath.Join("examples", example)
		want := h.run(t, imageRoot, h.kustomize, "build", "--enable-alpha-plugins", path)
		assert.Equal(t, want, h.run(t, imageRoot, h.program, "render", path), example)
	}
	want := h.run(t, imageRoot, h.kpt, "fn", "render", "examples/kpt-package", "-o", "unwrap")
	assert.Equal(t, objectsOf(t, want), objectsOf(t, h.run(t, imageRoot, h.program, "render", "examples/kpt-package")))
}

// A kpt package is rendered in place, twice, by the real kpt.
func TestKptRendersInPlace(t *testing.T) {
	h := newHosts(t)
	directory := asPackage(t, plainExamples(t)["production"], "image: "+hostsImage+":latest")
	h.run(t, directory, h.kpt, "fn", "render", ".")
	first := filesOf(t, directory)
	assert.Contains(t, first, "statefulset_chroma-chromadb.yaml")
	assert.Contains(t, first["chroma.yaml"], "# The Rust server has no authentication")
	h.run(t, directory, h.kpt, "fn", "render", ".")
	second := filesOf(t, directory)
	// kpt keeps its own record of the last render in the Kptfile.
	delete(first, "Kptfile")
	delete(second, "Kptfile")
	assert.Equal(t, first, second)
}

// An error reaches the person through each host, with its field.
func TestErrorsReachThePerson(t *testing.T) {
	h := newHosts(t)
	wrong := strings.Replace(plainExamples(t)["quickstart"], "spec: {}", "spec: {chromadb: {persistDirectry: /data}}", 1)
	const want = "spec.chromadb.persistDirectry: unknown field; did you mean persistDirectory?"
	env := withPath(os.Environ(), h.withoutDocker)
	for name, command := range map[string][]string{
		asKustomization(t, wrong, hostsContainer):                 {h.kustomize, "build", "--enable-alpha-plugins", "."},
		asKustomization(t, wrong, hostsContainer) + "/":           {h.program, "render", "."},
		asPackage(t, wrong, "image: "+hostsImage+":latest"):       {h.kpt, "fn", "render", "."},
		asPackage(t, wrong, "image: "+hostsImage+":latest") + "/": {h.program, "render", "."},
	} {
		var stderr bytes.Buffer
		cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
		cmd.Dir, cmd.Env, cmd.Stderr = name, env, &stderr
		require.Error(t, cmd.Run(), command)
		assert.Contains(t, stderr.String(), want, command)
	}
}

// kustomize drops a program that it may not run, and says nothing; the guard of the example turns that into an error.
func TestGuardOfKustomization(t *testing.T) {
	h := newHosts(t)
	directory := asKustomization(t, plainExamples(t)["quickstart"], "exec: {path: "+h.program+"}")
	assert.Empty(t, h.run(t, directory, h.kustomize, "build", "--enable-alpha-plugins", "."), "kustomize has changed: the guard may go")
	guard, err := os.ReadFile(filepath.Join(imageRoot, "examples/kustomize-generator/guard.yaml"))
	require.NoError(t, err)
	imageWrite(t, filepath.Join(directory, "guard.yaml"), string(guard), 0o600)
	imageWrite(t, filepath.Join(directory, "kustomization.yaml"), "generators: [chroma.yaml]\npatches: [{path: guard.yaml}]\n", 0o600)
	build := exec.CommandContext(t.Context(), h.kustomize, "build", "--enable-alpha-plugins", ".")
	build.Dir = directory
	output, err := build.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(output), "no resource matches strategic merge patch")
}

// kpt shows the function's documentation.
func TestKptDoc(t *testing.T) {
	h := newHosts(t)
	assert.Contains(t, h.run(t, imageRoot, h.kpt, "fn", "doc", "-i", hostsImage), "ChromaConfig")
}

// objectsOf parses manifests into objects by their identity, without what belongs to a host alone.
func objectsOf(t *testing.T, stream string) map[string]any {
	t.Helper()
	objects := map[string]any{}
	for document := range strings.SplitSeq(stream, "\n---\n") {
		var object map[string]any
		// The separator took the last line break, which may end a literal.
		require.NoError(t, yaml.Unmarshal([]byte(document+"\n"), &object))
		kind := fmt.Sprint(object["kind"])
		if len(object) == 0 || kind == "ChromaConfig" || kind == "Kptfile" {
			continue
		}
		metadata, _ := object["metadata"].(map[string]any)
		key := fmt.Sprint(kind, "/", metadata["namespace"], "/", metadata["name"])
		require.NotContains(t, objects, key)
		objects[key] = object
	}
	return objects
}

func filesOf(t *testing.T, directory string) map[string]string {
	t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(directory, entry.Name()))
		require.NoError(t, err)
		files[entry.Name()] = string(text)
	}
	return files
}

// As a transformer beside its generator the function would undo what kustomize has changed since; it says so, and which
// mode is meant for that.
func TestTransformerOfKustomize(t *testing.T) {
	h := newHosts(t)
	directory := asKustomization(t, plainExamples(t)["quickstart"], hostsContainer)
	imageWrite(t, filepath.Join(directory, "kustomization.yaml"), "namePrefix: prod-\ngenerators: [chroma.yaml]\n", 0o600)
	want := h.run(t, directory, h.kustomize, "build", "--enable-alpha-plugins", ".")
	assert.Contains(t, want, "serviceName: prod-chroma-chromadb-headless")

	imageWrite(t, filepath.Join(directory, "kustomization.yaml"), "namePrefix: prod-\ngenerators: [chroma.yaml]\ntransformers: [wire.yaml]\n", 0o600)
	text, err := os.ReadFile(filepath.Join(directory, "chroma.yaml"))
	require.NoError(t, err)
	imageWrite(t, filepath.Join(directory, "wire.yaml"), string(text), 0o600)
	build := exec.CommandContext(t.Context(), h.kustomize, "build", "--enable-alpha-plugins", ".")
	build.Dir, build.Env = directory, withPath(os.Environ(), h.withoutDocker)
	output, err := build.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(output), "chromafn.dev/mode: wire")

	imageWrite(t, filepath.Join(directory, "wire.yaml"), strings.Replace(string(text), "  annotations:\n", "  annotations:\n    chromafn.dev/mode: wire\n", 1), 0o600)
	assert.Equal(t, want, h.run(t, directory, h.kustomize, "build", "--enable-alpha-plugins", "."))
}

// Functions before and after ours in a kpt pipeline may change the ChromaConfig and what we made of it, names and
// namespaces included; the next render is no other.
func TestPipelineOfKpt(t *testing.T) {
	h := newHosts(t)
	directory := asPackage(t, plainExamples(t)["production"], "image: "+hostsImage+":latest")
	mutator := func(name, script string) string {
		path := filepath.Join(directory, name)
		imageWrite(t, path, "#!/bin/sh\nexec sed '"+script+"'\n", 0o755)
		return path
	}
	setter := mutator("setter.sh", "s/apiVersion: 1.5.9/apiVersion: 1.5.8/")
	namespacer := mutator("namespacer.sh", "s/namespace: vector-db/namespace: production/")
	imageWrite(t, filepath.Join(directory, "Kptfile"), fmt.Sprintf("apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: test\npipeline:\n  mutators:\n  - exec: %s\n  - image: %s:latest\n  - exec: %s\n", setter, hostsImage, namespacer), 0o600)
	for range 3 {
		h.run(t, directory, h.kpt, "fn", "render", ".", "--allow-exec")
		files := filesOf(t, directory)
		assert.Len(t, files, 4+6, slices.Collect(maps.Keys(files)))
		assert.Contains(t, files["statefulset_chroma-chromadb.yaml"], "image: ghcr.io/chroma-core/chroma:1.5.8")
		assert.Contains(t, files["statefulset_chroma-chromadb.yaml"], "namespace: production")
		assert.Contains(t, files["chroma.yaml"], "namespace: production")
	}
}

// A function sees the packages below its own, and settings of the pipeline override the ChromaConfigs.
func TestSubpackagesAndSettingsOfKpt(t *testing.T) {
	h := newHosts(t)
	directory := asPackage(t, plainExamples(t)["quickstart"], "{image: "+hostsImage+":latest, configMap: {chromadb.apiVersion: 1.5.8}}")
	below := filepath.Join(directory, "below")
	require.NoError(t, os.Mkdir(below, 0o755))
	imageWrite(t, filepath.Join(below, "Kptfile"), "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata:\n  name: below\n", 0o600)
	imageWrite(t, filepath.Join(below, "chroma.yaml"), strings.Replace(plainExamples(t)["quickstart"], "name: chroma\n", "name: second\n", 1), 0o600)
	want := h.run(t, directory, h.program, "render", ".")
	assert.Equal(t, 2, strings.Count(want, "image: ghcr.io/chroma-core/chroma:1.5.8"))
	h.run(t, directory, h.kpt, "fn", "render", ".")
	assert.Contains(t, filesOf(t, below), "statefulset_second-chromadb.yaml", "objects belong beside their ChromaConfig")
	assert.Equal(t, objectsOf(t, want), objectsOf(t, h.run(t, directory, h.kpt, "fn", "render", ".", "-o", "unwrap")))
}

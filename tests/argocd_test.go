package tests_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// checkout makes a copy of a repository as cmp-server does for a request: neighbours of it are not the request's.
func checkout(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "_cmp_server", "request")
	for name, text := range files {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return root
}

// runPlugin runs a command of the plugin as cmp-server does, in the directory of an application.
func runPlugin(t *testing.T, directory string, env []string, command ...string) outcome {
	t.Helper()
	cmd := exec.Command(binary, append([]string{"cmp"}, command...)...)
	cmd.Dir, cmd.Env = directory, append([]string{"TMPDIR=" + t.TempDir(), "PATH=/nowhere"}, env...)
	return outcomeOf(t, cmd)
}

// asGenerator is a ChromaConfig with the annotation that kustomize wants.
func asGenerator(chromaConfig, function string) string {
	return strings.Replace(chromaConfig, "metadata:\n", "metadata:\n  annotations: {config.kubernetes.io/function: \""+function+"\"}\n", 1)
}

const ours = "container: {image: ghcr.io/chromafn/chroma-fn}"

// What Argo CD shows its users, right and wrong.
func TestPluginGolden(t *testing.T) {
	second := strings.Replace(quiet, "name: chroma", "name: second", 1)
	root := checkout(t, map[string]string{
		"plain/chroma.yaml":               quiet,
		"wrong/chroma.yaml":               strings.Replace(quiet, "chromadb:", "chromdb:", 1),
		"broken/chroma.yaml":              "a: [\n",
		"nothing/README.md":               "",
		"foreign/a.yaml":                  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
		"two/a.yaml":                      quiet,
		"two/b.yaml":                      second,
		"base/generator/chroma.yaml":      asGenerator(strings.Replace(quiet, "auth:", "maxPayloadSizeBytes: 5, auth:", 1), ours),
		"base/kustomization.yaml":         "generators: [generator/chroma.yaml]\n",
		"overlay/kustomization.yaml":      "resources: [../base]\nnamePrefix: prod-\n",
		"invalid/chroma.yaml":             asGenerator(strings.Replace(quiet, "1.5.9", "0.1", 1), ours),
		"invalid/kustomization.yaml":      "generators: [chroma.yaml]\n",
		"image/chroma.yaml":               asGenerator(quiet, "container: {image: docker.io/library/alpine}"),
		"image/kustomization.yaml":        "generators: [chroma.yaml]\n",
		"resource/chroma.yaml":            quiet,
		"resource/kustomization.yaml":     "resources: [chroma.yaml]\n",
		"outside/kustomization.yaml":      "resources: [../../neighbour]\n",
		"../neighbour/kustomization.yaml": "",
		"remote/kustomization.yaml":       "resources: ['https://example.com/base?ref=v1']\n",
		"chart/kustomization.yaml":        "helmCharts: [{name: a}]\n",
		"deep/inner/chroma.yaml":          quiet,
		"same/a.yaml":                     strings.Replace(quiet, "name: chroma", "name: chroma\n  namespace: a", 1),
		"same/b.yaml":                     strings.Replace(quiet, "name: chroma", "name: chroma\n  namespace: b", 1),
		"deep/a.yaml":                     "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
	})
	const parameters = "ARGOCD_APP_PARAMETERS="
	var said strings.Builder
	for _, c := range []struct {
		directory string
		env       []string
		command   []string
	}{
		{"plain", nil, []string{"generate"}},
		{"plain", []string{parameters + "null"}, []string{"generate"}},
		{"wrong", nil, []string{"generate"}},
		{"broken", nil, []string{"generate"}},
		{"nothing", nil, []string{"generate"}},
		{"foreign", nil, []string{"generate"}},
		{"base", nil, []string{"generate"}},
		{"overlay", nil, []string{"generate"}},
		{"invalid", nil, []string{"generate"}},
		{"image", nil, []string{"generate"}},
		{"resource", nil, []string{"generate"}},
		{"outside", nil, []string{"generate"}},
		{"remote", nil, []string{"generate"}},
		{"chart", nil, []string{"generate"}},
		{"deep", nil, []string{"generate"}},
		{"deep", []string{"ARGOCD_ENV_CHROMA_FN_RECURSIVE=true"}, []string{"generate"}},
		{"deep", []string{"ARGOCD_ENV_CHROMA_FN_RECURSIVE=yes"}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"chromadb.apiVersion","string":"1.5.8"},{"name":"podLabels","map":{"a.b/c":"d"}},{"name":"chromadb.corsAllowOrigins","array":["https://a","https://b"]}]`}, []string{"generate"}},
		{"overlay", []string{parameters + `[{"name":"chromadb.apiVersion","string":"1.5.8"},{"name":"chromadb.maxPayloadSizeBytes","string":"7"}]`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"chromadb.apiVersio","string":"1"}]`}, []string{"generate"}},
		{"overlay", []string{parameters + `[{"name":"chromadb.serverHttpPort","string":"many"}]`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"commonLabels","array":["a"]}]`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"replicaCount","string":"0"},{"name":"replicaCount","string":"1"}]`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"string":"0"}]`}, []string{"generate"}},
		{"plain", []string{parameters + `{}`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"chromadb.apiVersion","value":"1.5.8"}]`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"chromadb.apiVersion","string":"1.5.8","array":[]}]`}, []string{"generate"}},
		{"plain", []string{parameters + `[{"name":"podLabels","map":{"":"{}"}}]`}, []string{"generate"}},
		{"same", []string{parameters + `[{"name":"replicaCount","string":"0"},{"name":"chromaConfig","string":"chroma"}]`}, []string{"generate"}},
		{"two", []string{parameters + `[{"name":"replicaCount","string":"0"}]`}, []string{"generate"}},
		{"two", []string{parameters + `[{"name":"replicaCount","string":"0"},{"name":"chromaConfig","string":"third"}]`}, []string{"generate"}},
		{"two", []string{parameters + `[{"name":"chromaConfig","map":{"a":"b"}}]`}, []string{"generate"}},
		{"two", []string{parameters + `[{"name":"replicaCount","string":"0"},{"name":"chromaConfig","string":"second"}]`}, []string{"generate"}},
		{"overlay", []string{parameters + `[{"name":"chromaConfig","string":"other"}]`}, []string{"generate"}},
		{"plain", []string{"CHROMA_FN_MAX_FILES=few"}, []string{"generate"}},
		{"plain", []string{"CHROMA_FN_MAX_FILE_BYTES=9"}, []string{"generate"}},
		{"plain", nil, []string{"generate", "x"}},
		{"plain", nil, []string{"frobnicate"}},
		{"plain", nil, []string{"generate", "--help"}},
		{"plain", nil, []string{"--help"}},
	} {
		got := runPlugin(t, filepath.Join(root, c.directory), c.env, c.command...)
		said.WriteString(strings.Join(append(append([]string{"$ cd " + c.directory + ";"}, c.env...), "chroma-fn cmp "), " "))
		said.WriteString(strings.Join(c.command, " ") + "\n")
		said.WriteString(summary(got.stdout) + got.stderr + fmt.Sprintf("exit: %d\n\n", got.exit))
		assert.NotContains(t, got.stderr, root, "the directory of a request means nothing to the user")
	}
	golden(t, "testdata/argocd.golden", said.String())
}

// summary is a stream of manifests in a few lines, or the text itself.
func summary(text string) string {
	if !strings.Contains(text, "apiVersion: ") {
		return text
	}
	var lines []string
	for document := range strings.SplitSeq(text, "\n---\n") {
		var object struct {
			Kind     string
			Metadata struct{ Name string }
		}
		if yaml.Unmarshal([]byte(document), &object) == nil {
			lines = append(lines, object.Kind+"/"+object.Metadata.Name)
		}
	}
	for line := range strings.Lines(text) {
		for _, word := range []string{"replicas:", "image:", "a.b/c", "https://", "max_payload"} {
			if strings.Contains(line, word) {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return strings.Join(lines, "\n") + "\n"
}

// The plugin takes an application exactly where its ChromaConfig would be rendered.
func TestPluginDiscovers(t *testing.T) {
	wire := strings.Replace(asGenerator(quiet, ours), "annotations: {", "annotations: {chromafn.dev/mode: wire, ", 1)
	kptfile := "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: x}\n"
	pipeline := kptfile + "pipeline:\n  mutators: [{image: ghcr.io/chromafn/chroma-fn}]\n"
	for name, c := range map[string]struct {
		files map[string]string
		want  bool
	}{
		"plain":                   {map[string]string{"app/chroma.yaml": quiet}, true},
		"plain, invalid":          {map[string]string{"app/chroma.yaml": strings.Replace(quiet, "chromadb:", "chromdb:", 1)}, true},
		"plain, below":            {map[string]string{"app/below/chroma.yaml": quiet, "app/a.yaml": "a: b\n"}, false},
		"nothing":                 {map[string]string{"app/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: chromafn.dev/}\n"}, false},
		"a chart":                 {map[string]string{"app/Chart.yaml": "name: a\n", "app/chroma.yaml": quiet}, false},
		"generator as JSON":       {map[string]string{"app/kustomization.yaml": "generators: ['{\"apiVersion\": \"chromafn.dev/v1alpha1\", \"kind\": \"ChromaConfig\", \"metadata\": {\"name\": \"a\"}}']\n"}, true},
		"no YAML":                 {map[string]string{"app/a.yaml": "a: [ # chromafn.dev/\n"}, false},
		"another's kind":          {map[string]string{"app/a.yaml": strings.Replace(quiet, "chromafn.dev/", "example.com/", 1)}, false},
		"empty":                   {map[string]string{"app/README.md": ""}, false},
		"generator":               {map[string]string{"app/kustomization.yaml": "generators: [a.yaml]\n", "app/a.yaml": asGenerator(quiet, ours)}, true},
		"generator inline":        {map[string]string{"app/kustomization.yaml": "generators:\n- |\n  " + strings.ReplaceAll(asGenerator(quiet, ours), "\n", "\n  ") + "\n"}, true},
		"generator, tag":          {map[string]string{"app/kustomization.yaml": "generators: [a.yaml]\n", "app/a.yaml": asGenerator(quiet, "container: {image: 'ghcr.io/chromafn/chroma-fn:v1'}")}, true},
		"generator of a base":     {map[string]string{"app/kustomization.yaml": "resources: [../base]\n", "base/kustomization.yml": "generators: [a.yaml]\n", "base/a.yaml": asGenerator(quiet, ours)}, true},
		"generator of a part":     {map[string]string{"app/kustomization.yaml": "components: [../base]\n", "base/kustomization.yaml": "kind: Component\ngenerators: [a.yaml]\n", "base/a.yaml": asGenerator(quiet, ours)}, true},
		"annotated by a patch":    {map[string]string{"app/kustomization.yaml": "generators: [g]\n", "app/g/a.yaml": quiet, "app/g/kustomization.yaml": "resources: [a.yaml]\npatches:\n- target: {kind: ChromaConfig}\n  patch: |-\n    - op: add\n      path: /metadata/annotations\n      value: {config.kubernetes.io/function: \"container: {image: ghcr.io/chromafn/chroma-fn}\"}\n"}, true},
		"not annotated":           {map[string]string{"app/kustomization.yaml": "generators: [a.yaml]\n", "app/a.yaml": quiet}, true},
		"unlisted":                {map[string]string{"app/kustomization.yaml": "resources: [b.yaml]\n", "app/b.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", "app/a.yaml": asGenerator(quiet, ours)}, false},
		"a resource":              {map[string]string{"app/kustomization.yaml": "resources: [a.yaml]\n", "app/a.yaml": quiet}, false},
		"a program":               {map[string]string{"app/kustomization.yaml": "generators: [a.yaml]\n", "app/a.yaml": asGenerator(quiet, "exec: {path: ./chroma-fn}")}, false},
		"another image":           {map[string]string{"app/kustomization.yaml": "generators: [a.yaml]\n", "app/a.yaml": asGenerator(quiet, "container: {image: docker.io/library/alpine}")}, false},
		"only wired":              {map[string]string{"app/kustomization.yaml": "transformers: [a.yaml]\n", "app/a.yaml": wire}, false},
		"bases in a circle":       {map[string]string{"app/kustomization.yaml": "resources: [../app, .]\n"}, false},
		"broken kustomization":    {map[string]string{"app/kustomization.yaml": "resources: {\n"}, false},
		"neighbour":               {map[string]string{"app/kustomization.yaml": "resources: [../../neighbour]\n", "../neighbour/kustomization.yaml": "generators: [a.yaml]\n", "../neighbour/a.yaml": asGenerator(quiet, ours)}, false},
		"package":                 {map[string]string{"app/Kptfile": pipeline, "app/a.yaml": quiet}, true},
		"package above":           {map[string]string{"app/Kptfile": pipeline, "app/below/Kptfile": kptfile, "app/below/a.yaml": quiet}, true},
		"package below":           {map[string]string{"app/Kptfile": kptfile, "app/below/Kptfile": pipeline, "app/below/a.yaml": quiet}, true},
		"package without us":      {map[string]string{"app/Kptfile": kptfile, "app/a.yaml": quiet}, false},
		"package without configs": {map[string]string{"app/Kptfile": pipeline}, false},
	} {
		t.Run(name, func(t *testing.T) {
			got := runPlugin(t, filepath.Join(checkout(t, c.files), "app"), nil, "discover")
			assert.Equal(t, c.want, got.stdout != "")
			assert.Empty(t, got.stderr)
			assert.Zero(t, got.exit)
		})
	}
}

// Every field is announced with the application's own value, and a value that is sent back as it was announced is
// taken; secrets are not announced.
func TestPluginAnnouncesParameters(t *testing.T) {
	root := checkout(t, map[string]string{
		"plain/chroma.yaml":            quiet,
		"overlay/kustomization.yaml":   "generators: [g]\n",
		"overlay/g/kustomization.yaml": "resources: [chroma.yaml]\npatches:\n- target: {kind: ChromaConfig}\n  patch: |-\n    - op: replace\n      path: /spec/chromadb/apiVersion\n      value: 1.5.7\n",
		"overlay/g/chroma.yaml":        asGenerator(quiet, ours),
		"two/a.yaml":                   quiet,
		"two/b.yaml":                   strings.NewReplacer("name: chroma", "name: second", "1.5.9", "1.5.6").Replace(quiet),
	})
	announced := func(directory string, env ...string) map[string]map[string]any {
		got := runPlugin(t, filepath.Join(root, directory), env, "parameters")
		require.Zero(t, got.exit, got.stderr)
		var list []map[string]any
		require.NoError(t, json.Unmarshal([]byte(got.stdout), &list))
		byName := map[string]map[string]any{}
		for _, announcement := range list {
			byName[announcement["name"].(string)] = announcement
		}
		assert.Len(t, byName, len(list))
		return byName
	}
	plain := announced("plain")
	text, err := yaml.Marshal(plain)
	require.NoError(t, err)
	golden(t, "testdata/parameters.golden", string(text))
	assert.NotContains(t, plain, "chromadb.auth.token.value")
	assert.NotContains(t, plain, "podSpec.initContainers", "environment variables may be secrets")
	assert.NotContains(t, plain, "chromaConfig")
	assert.Equal(t, "1.5.7", announced("overlay")["chromadb.apiVersion"]["string"])
	assert.Equal(t, true, announced("two")["chromaConfig"]["required"])
	assert.Nil(t, announced("two")["chromadb.apiVersion"]["string"])
	assert.Equal(t, "1.5.6", announced("two", `ARGOCD_APP_PARAMETERS=[{"name":"chromaConfig","string":"second"}]`)["chromadb.apiVersion"]["string"])

	want := runPlugin(t, filepath.Join(root, "plain"), nil, "generate")
	for name, announcement := range plain {
		// Without a value the parameter would write null, which leaves the ids of users to OpenShift.
		value := map[string]any{"name": name}
		for _, kind := range []string{"string", "array", "map"} {
			if announcement[kind] != nil {
				value[kind] = announcement[kind]
			}
		}
		if len(value) == 1 {
			continue
		}
		sent, err := json.Marshal([]any{value})
		require.NoError(t, err)
		got := runPlugin(t, filepath.Join(root, "plain"), []string{"ARGOCD_APP_PARAMETERS=" + string(sent)}, "generate")
		assert.Equal(t, want.stdout, got.stdout, "%s %s", sent, got.stderr)
	}
}

// The Helm chart's values and the operator's resource run the same container as the kustomization.
func TestPluginInstallationsAgree(t *testing.T) {
	read := func(name string) map[string]any {
		var value map[string]any
		require.NoError(t, yaml.UnmarshalStrict([]byte(readFile(t, filepath.Join("../argocd-plugin/install", name))), &value))
		return value
	}
	at := func(value map[string]any, path ...string) any {
		var here any = value
		for _, key := range path {
			here = here.(map[string]any)[key]
		}
		require.NotNil(t, here)
		return here
	}
	pod := at(read("sidecar/repo-server.yaml"), "spec", "template", "spec").(map[string]any)
	helm := at(read("helm-values.yaml"), "repoServer").(map[string]any)
	operator := at(read("operator.yaml"), "spec", "repo").(map[string]any)
	assert.Equal(t, pod["containers"], helm["extraContainers"])
	assert.Equal(t, pod["containers"], operator["sidecarContainers"])
	assert.Equal(t, pod["volumes"], helm["volumes"])
	assert.Equal(t, pod["volumes"], operator["volumes"])
}

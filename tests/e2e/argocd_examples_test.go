package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/argocd"
)

// The Applications that we show are of Argo CD's form, and name the plugin that there is.
func TestArgoCDExamplesAreValid(t *testing.T) {
	a := newArgo(t, copyExamples)
	paths, err := filepath.Glob(filepath.Join(imageRoot, "argocd-plugin/examples/*.yaml"))
	require.NoError(t, err)
	require.Len(t, paths, 3)
	for _, path := range paths {
		for _, object := range readDocuments(t, path) {
			text, err := json.Marshal(object.Object)
			require.NoError(t, err)
			answer, err := a.Check(t.Context(), text)
			require.NoError(t, err)
			assert.Empty(t, answer.Error, path)
			assert.Equal(t, object.GetKind(), answer.Response)
			assert.Contains(t, string(text), `"plugin":{"name":"`+a.named.Name+`"`, path)
		}
	}
	answer, err := a.Check(t.Context(), json.RawMessage(`{"kind":"Application","spec":{"sauce":{}}}`))
	require.NoError(t, err)
	assert.Contains(t, answer.Error, "sauce")
}

// Without a plugin Argo CD's own kustomize runs the function by the name docker, as installed.
func TestArgoCDWithoutPlugin(t *testing.T) {
	a := newArgo(t, func(t *testing.T, repository string) {
		copyExamples(t, repository)
		generator := asGenerator(t, "container: {image: docker.io/library/alpine}")
		writeIn(t, repository, "other/chroma.yaml", generator)
		writeIn(t, repository, "other/kustomization.yaml", "generators: [chroma.yaml]\n")
	})
	installed := argoInstall(t, "no-plugin")
	pod := decode[appsv1.Deployment](t, find(t, installed, "Deployment")).Spec.Template.Spec
	var install []string
	for _, container := range pod.InitContainers {
		if container.Name == "install-chroma-fn" {
			install = container.Args
		}
	}
	require.Len(t, install, 2)
	volume := t.TempDir()
	runHost(t, volume, nil, builtProgram(t), install[0], volume)
	for _, mount := range pod.Containers[0].VolumeMounts {
		if mount.Name == "chroma-fn" {
			require.Equal(t, "/usr/local/bin", filepath.Dir(mount.MountPath))
			require.NoError(t, a.Mount(filepath.Join(volume, mount.SubPath), filepath.Base(mount.MountPath)))
		}
	}
	options, found, err := unstructured.NestedString(find(t, installed, "ConfigMap").Object, "data", "kustomize.buildOptions")
	require.NoError(t, err)
	require.True(t, found)

	native := func(path string) argocd.Application {
		application := a.application(path, nil)
		application.KustomizeOptions = &argocd.KustomizeOptions{BuildOptions: options}
		return application
	}
	// The plugin with discovery takes what it would render, so that it is not installed beside this.
	require.NoError(t, os.Remove(a.discovered.Socket))
	for _, example := range exampleDirectories(t) {
		if !strings.Contains(example, "kustomize-") {
			continue
		}
		got := a.must(t, native(example))
		assert.Equal(t, "Kustomize", got.SourceType)
		assert.Equal(t, a.render(t, example), a.objects(t, got))
	}
	refused := a.generate(t, native("other"))
	assert.Contains(t, refused.Error, `the image "docker.io/library/alpine" is refused`)
}

// asGenerator is the plainest example as a generator of kustomize.
func asGenerator(t *testing.T, function string) string {
	t.Helper()
	return strings.Replace(plainExamples(t)["quickstart"], "metadata:\n", "metadata:\n  annotations: {config.kubernetes.io/function: '"+function+"'}\n", 1)
}

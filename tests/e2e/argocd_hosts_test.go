package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/argocd"
)

// Argo CD gives what render gives, whether the Application names the plugin or the plugin discovers the Application.
func TestArgoCDAgrees(t *testing.T) {
	a := newArgo(t, copyExamples)
	for _, example := range exampleDirectories(t) {
		t.Run(example, func(t *testing.T) {
			want := a.render(t, example)
			for way, plugin := range map[string]*argocd.SourcePlugin{"named": a.byName(), "discovered": nil} {
				got := a.must(t, a.application(example, plugin))
				assert.Equal(t, "Plugin", got.SourceType, way)
				assert.Equal(t, want, a.objects(t, got), way)
			}
		})
	}
}

// Applications without a ChromaConfig stay what they are, also where the plugin is asked about each: plain YAML, a
// kustomization, and a ChromaConfig's definition or mention.
func TestArgoCDKeepsItsOwnApplications(t *testing.T) {
	const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: native}\n"
	a := newArgo(t, func(t *testing.T, repository string) {
		writeIn(t, repository, "plain/configmap.yaml", configMap)
		writeIn(t, repository, "kustomization/configmap.yaml", configMap)
		writeIn(t, repository, "kustomization/kustomization.yaml", "resources: [configmap.yaml]\n")
		writeIn(t, repository, "mention/configmap.yaml", configMap+"data:\n  text: |\n    apiVersion: chromafn.dev/v1alpha1\n    kind: ChromaConfig\n")
	})
	for path, want := range map[string]string{"plain": "Directory", "kustomization": "Kustomize", "mention": "Directory"} {
		match, err := a.Matches(t.Context(), a.discovered, argocd.Directory{Root: a.repository, Path: path})
		require.NoError(t, err)
		assert.Equal(t, argocd.Match{IsDiscoveryEnabled: true}, match.Response, path)
		got := a.must(t, a.application(path, nil))
		assert.Equal(t, want, got.SourceType, path)
		assert.Contains(t, a.objects(t, got), "ConfigMap/<nil>/native", path)
	}
}

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

// A kustomization that inflates a Helm chart is built where that is allowed, as kustomize builds it with the real helm,
// beside a ChromaConfig.
func TestHelmChartInAKustomization(t *testing.T) {
	h := newHosts(t)
	helm, err := cluster.Build(t.Context(), cluster.Helm())
	require.NoError(t, err)
	directory := asKustomization(t, plainExamples(t)["quickstart"], hostsContainer)
	chart := filepath.Join(directory, "charts", "app")
	require.NoError(t, os.MkdirAll(filepath.Join(chart, "templates"), 0o755))
	imageWrite(t, filepath.Join(chart, "Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n", 0o600)
	imageWrite(t, filepath.Join(chart, "values.yaml"), "value: default\n", 0o600)
	imageWrite(t, filepath.Join(chart, "templates", "app.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: inflated}\ndata: {value: {{ .Values.value | quote }}}\n", 0o600)
	imageWrite(t, filepath.Join(directory, "kustomization.yaml"), "generators: [chroma.yaml]\nhelmCharts:\n- name: app\n  valuesInline: {value: seen}\n", 0o600)

	env := withPath(withPath(os.Environ(), filepath.Dir(helm)), h.withoutDocker)
	want := runHost(t, directory, env, h.kustomize, "build", "--enable-alpha-plugins", "--enable-helm", ".")
	assert.Contains(t, want, "value: seen")
	assert.Equal(t, want, runHost(t, directory, env, h.program, "render", "--allow-helm", "."))

	refused := exec.CommandContext(t.Context(), h.program, "render", ".")
	refused.Dir, refused.Env = directory, env
	output, err := refused.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(output), "--allow-helm")
	missing := exec.CommandContext(t.Context(), h.program, "render", "--allow-helm", ".")
	missing.Dir, missing.Env = directory, append(os.Environ(), "PATH="+h.withoutDocker)
	output, err = missing.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(output), "helm")
}

package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

// argoInstall is a kustomization of argocd-plugin/install over Argo CD's repo-server.
func argoInstall(t *testing.T, component string) []*unstructured.Unstructured {
	t.Helper()
	directory := t.TempDir()
	require.NoError(t, os.CopyFS(directory, os.DirFS(filepath.Join(imageRoot, "argocd-plugin", "install"))))
	imageWrite(t, filepath.Join(directory, "repo-server.yaml"), string(readFile(t, "testdata/argocd-repo-server.yaml")), 0o600)
	imageWrite(t, filepath.Join(directory, "kustomization.yaml"), "resources: [repo-server.yaml]\ncomponents: ["+component+"]\n", 0o600)
	kustomize, err := cluster.Build(t.Context(), cluster.Kustomize())
	require.NoError(t, err)
	built := filepath.Join(directory, "built.yaml")
	imageWrite(t, built, runHost(t, directory, os.Environ(), kustomize, "build", "."), 0o600)
	return readDocuments(t, built)
}

// argoSidecar is the container that an installation adds to the repo-server.
func argoSidecar(t *testing.T, component string) corev1.Container {
	t.Helper()
	deployment := decode[appsv1.Deployment](t, find(t, argoInstall(t, component), "Deployment"))
	for _, container := range deployment.Spec.Template.Spec.Containers {
		if container.Name == "chroma-fn" {
			return container
		}
	}
	require.Fail(t, "there is no sidecar", component)
	return corev1.Container{}
}

// Each way to install the plugin is accepted by the API server, in a namespace that is restricted.
func TestArgoCDInstallIsAccepted(t *testing.T) {
	for _, component := range []string{"sidecar", "sidecar-with-discovery", "no-plugin"} {
		s := newSession(t)
		namespace := s.createNamespace(t, "argocd-install-"+component, restricted)
		for _, object := range argoInstall(t, component) {
			object.SetNamespace(namespace)
			_, err := s.apply(t, object)
			require.NoError(t, err)
			if object.GetKind() != "Deployment" {
				continue
			}
			template := decode[appsv1.Deployment](t, object).Spec.Template
			pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: template.ObjectMeta, Spec: template.Spec}
			pod.Name, pod.Namespace = "argocd-repo-server", namespace
			assert.NoError(t, s.create(t, pod, metav1.DryRunAll))
		}
	}
}

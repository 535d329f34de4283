package e2e_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/chromafn/chroma-fn/tests/e2e/argocd"
)

// argoSyncs are the ways in which Argo CD applies and compares.
var argoSyncs = map[string]argocd.Sync{
	"client-side":                   {},
	"client-side, server-side diff": {ServerSideDiff: true},
	"server-side, structured merge": {ServerSideApply: true},
	"server-side, server-side diff": {ServerSideApply: true, ServerSideDiff: true},
}

// No example is ever OutOfSync: a second render is what the API server made of the first, in Argo CD's own comparison.
func TestArgoCDIsInSync(t *testing.T) {
	s := newSession(t)
	a := newArgo(t, copyExamples)
	var names []string
	var syncs []argocd.Sync
	for _, example := range exampleDirectories(t) {
		application := a.application(example, a.byName())
		application.NoCache = true
		first, second := a.must(t, application), a.must(t, application)
		for way, sync := range argoSyncs {
			name := strings.ReplaceAll(strings.NewReplacer("/", "-", ", ", "-", " ", "-").Replace(filepath.Base(example)+"-"+way), "examples-", "")
			namespace := s.createNamespace(t, "argocd-"+name, restricted)
			sync.Apply, sync.Compare = unstructuredOf(t, first, namespace), unstructuredOf(t, second, namespace)
			names, syncs = append(names, example+", "+way), append(syncs, sync)
		}
	}
	answers, err := a.Sync(t.Context(), writeKubeconfig(t, s.harness.config), 2, syncs...)
	require.NoError(t, err)
	for i, answer := range answers {
		assert.Empty(t, answer.Error, names[i])
		assert.Equal(t, len(syncs[i].Compare), answer.Response.Compared, names[i])
		for _, difference := range answer.Response.OutOfSync {
			assert.JSONEq(t, string(difference.Live), string(difference.Predicted), "%s: %s is OutOfSync", names[i], difference.Object)
		}
		argoCompared.Add(int64(answer.Response.Compared))
	}
}

// A change is seen by every way of comparing: what the other test says means something.
func TestArgoCDSeesChanges(t *testing.T) {
	s := newSession(t)
	a := newArgo(t, copyExamples)
	manifests := a.must(t, a.application("examples/quickstart", a.byName()))
	for way, sync := range argoSyncs {
		namespace := s.createNamespace(t, "argocd-change-"+strings.NewReplacer(", ", "-", " ", "-").Replace(way), restricted)
		sync.Apply, sync.Compare = unstructuredOf(t, manifests, namespace), unstructuredOf(t, manifests, namespace)
		set := find(t, sync.Compare, "StatefulSet")
		require.NoError(t, unstructured.SetNestedField(set.Object, int64(7), "spec", "template", "spec", "terminationGracePeriodSeconds"))
		answers, err := a.Sync(t.Context(), writeKubeconfig(t, s.harness.config), 1, sync)
		require.NoError(t, err)
		assert.Empty(t, answers[0].Error, way)
		require.Len(t, answers[0].Response.OutOfSync, 1, way)
		assert.Equal(t, "StatefulSet/chroma-chromadb", answers[0].Response.OutOfSync[0].Object, way)
	}
}

func find(t *testing.T, objects []*unstructured.Unstructured, kind string) *unstructured.Unstructured {
	t.Helper()
	for _, object := range objects {
		if object.GetKind() == kind {
			return object
		}
	}
	require.Fail(t, "there is none", kind)
	return nil
}

// unstructuredOf are the objects of manifests, in a namespace.
func unstructuredOf(t *testing.T, manifests argocd.Manifests, namespace string) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	for _, manifest := range manifests.Manifests {
		object := &unstructured.Unstructured{}
		require.NoError(t, object.UnmarshalJSON([]byte(manifest)))
		object.SetNamespace(namespace)
		objects = append(objects, object)
	}
	require.NotEmpty(t, objects)
	return objects
}

// writeKubeconfig writes an administrator's way to the API server.
func writeKubeconfig(t *testing.T, config *rest.Config) string {
	t.Helper()
	const name = "tests"
	text := clientcmdapi.NewConfig()
	text.Clusters[name] = &clientcmdapi.Cluster{Server: config.Host, CertificateAuthority: config.CAFile}
	text.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: config.BearerToken}
	text.Contexts[name] = &clientcmdapi.Context{Cluster: name, AuthInfo: name}
	text.CurrentContext = name
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*text, path))
	return path
}

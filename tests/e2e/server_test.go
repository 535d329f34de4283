package e2e_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/chroma"
	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// serverVersions are the versions of which a server was started.
var serverVersions sync.Map

// rendering is what `chroma-fn render` made of a ChromaConfig.
type rendering struct {
	objects []*unstructured.Unstructured
	// said is standard error.
	said string
	ok   bool
}

// renderSpec renders a ChromaConfig named chroma whose spec is given as YAML.
func renderSpec(t *testing.T, spec string) rendering {
	t.Helper()
	text := "apiVersion: chromafn.dev/v1alpha1\nkind: ChromaConfig\nmetadata: {name: chroma, namespace: databases}\nspec: " + indented(spec)
	got := runProgram(t, strings.NewReader(text), "", "render", "-")
	r := rendering{said: got.said, ok: !got.failed}
	if r.ok {
		r.objects = got.objects(t)
	}
	return r
}

// indented is YAML as the value of a key.
func indented(yaml string) string {
	yaml = strings.TrimSpace(yaml)
	if strings.HasPrefix(yaml, "{") {
		return yaml + "\n"
	}
	return "\n  " + strings.ReplaceAll(yaml, "\n", "\n  ") + "\n"
}

// mustRender renders a spec that is right.
func mustRender(t *testing.T, spec string) []*unstructured.Unstructured {
	t.Helper()
	r := renderSpec(t, spec)
	require.True(t, r.ok, "%s\n%s", spec, r.said)
	return r.objects
}

// forVersion is a spec for a version of Chroma, with further values of spec.chromadb, in YAML's short form.
func forVersion(version string, chromadb ...string) string {
	return "{chromadb: {" + strings.Join(append([]string{"apiVersion: " + version}, chromadb...), ", ") + "}}"
}

// newNode starts a node for a test. It sees at once that a server is ready, and takes failures by the manifest.
func newNode(t *testing.T) *kubelet.Node {
	t.Helper()
	node, err := kubelet.NewNode(t.TempDir(), chroma.Pull)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, node.Stop()) })
	node.Eager = true
	return node
}

// runPod starts the pod of a render.
func runPod(t *testing.T, node *kubelet.Node, objects []*unstructured.Unstructured) *kubelet.Pod {
	t.Helper()
	pod, err := node.Run(t.Context(), objects)
	require.NoError(t, err)
	serversStarted.Add(1)
	_, tag, _ := strings.Cut(pod.Spec().Containers[0].Image, ":")
	if _, known := serverVersions.LoadOrStore(tag, true); !known {
		versionsStarted.Add(1)
	}
	return pod
}

// runServer starts the pod of a spec and waits until it is ready.
func runServer(t *testing.T, node *kubelet.Node, spec string) *kubelet.Pod {
	t.Helper()
	pod := runPod(t, node, mustRender(t, spec))
	waitReady(t, pod)
	return pod
}

func waitReady(t *testing.T, pod *kubelet.Pod) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	require.NoError(t, pod.WaitReady(ctx))
}

// eachRelease runs a test for each server, at the same time.
func eachRelease(t *testing.T, test func(t *testing.T, version string)) {
	for _, release := range chroma.Releases {
		t.Run(release.Version, func(t *testing.T) {
			t.Parallel()
			test(t, release.Version)
		})
	}
}

// withLinks turns the links to Services on, which is what Kubernetes does where nobody says otherwise.
func withLinks(t *testing.T, objects []*unstructured.Unstructured) {
	t.Helper()
	for _, object := range objects {
		if object.GetKind() == "StatefulSet" {
			unstructured.RemoveNestedField(object.Object, "spec", "template", "spec", "enableServiceLinks")
		}
	}
}

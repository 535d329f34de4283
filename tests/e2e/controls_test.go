package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// The tests of this file hold the harness itself to account: what is wrong must not pass.

func TestUnknownFieldIsRefused(t *testing.T) {
	s := newSession(t)
	set := quickstart(t, s, "control-unknown-field", "StatefulSet")
	require.NoError(t, unstructured.SetNestedField(set.Object, int64(1), "spec", "replicaz"))
	_, err := s.apply(t, set, metav1.DryRunAll)
	require.ErrorContains(t, err, "StatefulSet/chroma-chromadb: ")
	assert.ErrorContains(t, err, ".spec.replicaz: field not declared in schema")
}

func TestInvalidValueIsRefused(t *testing.T) {
	s := newSession(t)
	service := quickstart(t, s, "control-invalid-value", "Service")
	require.NoError(t, unstructured.SetNestedField(service.Object, "Everywhere", "spec", "type"))
	_, err := s.apply(t, service, metav1.DryRunAll)
	assert.True(t, apierrors.IsInvalid(err), "%v", err)
}

func TestPodThatIsNotRestrictedIsRefused(t *testing.T) {
	s := newSession(t)
	set := quickstart(t, s, "control-restricted", "StatefulSet")
	unstructured.RemoveNestedField(set.Object, "spec", "template", "spec", "securityContext")
	applied, err := s.apply(t, set)
	require.ErrorContains(t, err, `warning: would violate PodSecurity "restricted:latest"`)
	require.NotNil(t, applied, "it is but a warning")
	pod := kubelet.FirstPod(decode[appsv1.StatefulSet](t, applied))
	pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = "", ""
	assert.ErrorContains(t, s.create(t, pod, metav1.DryRunAll), "violates PodSecurity")
}

func TestChangeBySecondApplyIsNoticed(t *testing.T) {
	s := newSession(t)
	service := quickstart(t, s, "control-second-apply", "Service")
	applied, err := s.apply(t, service)
	require.NoError(t, err)
	require.NoError(t, s.applyAgain(t, service))

	other := applied.DeepCopy()
	require.NoError(t, unstructured.SetNestedField(other.Object, "NodePort", "spec", "type"))
	_, err = s.resource(t, other).Update(t.Context(), other, metav1.UpdateOptions{FieldManager: "somebody-else"})
	require.NoError(t, err)
	assert.ErrorContains(t, s.applyAgain(t, service), "Service/chroma-chromadb: the second apply changed it")
}

// A pod that cannot be made is no rollout.
func TestStatefulSetWithoutPodsIsNoticed(t *testing.T) {
	s := newSession(t)
	set := quickstart(t, s, "control-rollout", "StatefulSet")
	_, err := s.apply(t, set)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(s.complaintsOfControllers(t, set.GetNamespace()), `serviceaccount "chroma-chromadb" not found`)
	}, rolloutTimeout, rolloutPoll)
	assert.False(t, isRolledOut(decode[appsv1.StatefulSet](t, s.live(t, set))))
}

// The cluster is of the version that its module files name.
func TestClusterIsOfThePinnedVersion(t *testing.T) {
	version, err := startedHarness(t).discovery.ServerVersion()
	require.NoError(t, err)
	assert.Contains(t, string(readFile(t, "tools/k8s/go.mod")), "k8s.io/kubernetes "+version.GitVersion+"\n")
}

// quickstart is the first object of a kind of the plainest example, in a namespace of its own.
func quickstart(t *testing.T, s *session, namespace, kind string) *unstructured.Unstructured {
	t.Helper()
	for _, object := range readDocuments(t, testdata+"/examples/quickstart.yaml") {
		if object.GetKind() == kind {
			object.SetNamespace(s.createNamespace(t, namespace, restricted))
			return object
		}
	}
	require.Fail(t, "the example holds none", kind)
	return nil
}

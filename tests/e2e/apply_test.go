package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

const restricted = "restricted"

// Everything that the program emits is accepted without a word, by the server's own schema, validation and pod security,
// its pods become ready, and a second apply changes nothing.
func TestGoldensAndExamplesAreAccepted(t *testing.T) {
	cases := readCases(t)
	known := map[string]bool{}
	deployments := make([]deployment, len(cases))
	for i, c := range cases {
		known[c.name] = true
		t.Run(c.name, func(t *testing.T) { deployments[i] = c.check(t, newSession(t)) })
	}
	for name := range lesserLevels {
		assert.True(t, known[name], "lesserLevels has no use for %s", name)
	}
	for i, c := range cases {
		t.Run(c.name+" rolls out", deployments[i].settle)
	}
}

func (c testCase) check(t *testing.T, s *session) deployment {
	t.Helper()
	casesTried.Add(1)
	level, lesser := lesserLevels[c.name]
	if !lesser {
		level = restricted
	}
	c.enterNamespaces(t, s, level)
	d := deployment{c.name, s, c.objects}
	for _, object := range c.objects {
		_, err := s.apply(t, object, metav1.DryRunAll)
		d.expectNone(t, err)
	}
	d.apply(t)
	if lesser {
		for _, set := range d.statefulSets() {
			checkLesser(t, s, decode[appsv1.StatefulSet](t, set))
		}
	}
	return d
}

// enterNamespaces gives each namespace that the case names, the unnamed one included, a fresh one in its place: cases
// share the names of their namespaces, and those of their objects.
func (c testCase) enterNamespaces(t *testing.T, s *session, level string) {
	t.Helper()
	fresh := map[string]string{}
	for _, object := range c.objects {
		asked := object.GetNamespace()
		if fresh[asked] == "" {
			fresh[asked] = s.createNamespace(t, strings.TrimSuffix(c.name+"-"+asked, "-"), level)
		}
		object.SetNamespace(fresh[asked])
	}
}

// createNamespace creates a namespace that holds pods to a level of pod security, and that warns of workloads whose pods
// would be refused.
func (s *session) createNamespace(t *testing.T, name, level string) string {
	t.Helper()
	namespace := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Namespace"}}
	namespace.SetName(strings.ReplaceAll(name, ".", "-"))
	labels := map[string]string{}
	for _, mode := range []string{"enforce", "warn", "audit"} {
		labels["pod-security.kubernetes.io/"+mode] = level
		labels["pod-security.kubernetes.io/"+mode+"-version"] = "latest"
	}
	namespace.SetLabels(labels)
	_, err := s.resource(t, namespace).Create(t.Context(), namespace, metav1.CreateOptions{})
	require.NoError(t, s.complaint(namespace, err))
	namespacesMade.Add(1)
	return namespace.GetName()
}

// checkLesser checks that a StatefulSet has need of a lesser level of pod security: that its pod would be refused at the
// highest.
func checkLesser(t *testing.T, s *session, set *appsv1.StatefulSet) {
	t.Helper()
	pod := kubelet.FirstPod(set)
	pod.Namespace = s.createNamespace(t, set.Namespace+"-"+restricted, restricted)
	account := &corev1.ServiceAccount{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ServiceAccount"}}
	account.Name, account.Namespace = pod.Spec.ServiceAccountName, pod.Namespace
	require.NoError(t, s.create(t, account))
	assert.ErrorContains(t, s.create(t, pod, metav1.DryRunAll), "violates PodSecurity", "it could be restricted: remove it from lesserLevels")
}

// decode is an object as its Go type.
func decode[T any](t *testing.T, object *unstructured.Unstructured) *T {
	t.Helper()
	typed := new(T)
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, typed, true))
	return typed
}

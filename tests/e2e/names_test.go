package e2e_test

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

const (
	// longestName is the longest name that is tried.
	longestName = 80
	// nameVariants is how many names of each length must work. The hash of a revision, which is part of a label of the
	// pod, has mostly ten characters and sometimes fewer: a single name could work by luck.
	nameVariants = 6
	// placeholder is a name that the program takes; another one takes its place in the objects, whatever its length.
	placeholder = "placeholder"
)

// namedConfigs are the ways in which a name reaches the objects.
var namedConfigs = map[string]func(name string) map[string]any{
	"fullnameOverride":                      func(name string) map[string]any { return withName("db", map[string]any{"fullnameOverride": name}) },
	"metadata.name":                         func(name string) map[string]any { return withName(name, map[string]any{}) },
	"metadata.name beside fullnameOverride": func(name string) map[string]any { return withName(name, map[string]any{"fullnameOverride": "db"}) },
}

// A name may be exactly as long as it works: the program takes the longest with which the cluster makes a ready pod, and
// refuses the next one.
func TestNamesMayBeAsLongAsTheyWork(t *testing.T) {
	for way, config := range namedConfigs {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			works := sort.Search(longestName, func(i int) bool { return !lengthWorks(t, config, i+1) })
			require.Less(t, works, longestName, "longer names would work too")
			t.Logf("%s: %d characters", way, works)
			name := strings.Repeat("x", works)
			accepted := render(t, config(name))
			require.False(t, accepted.failed, "%d characters work: %s", works, accepted.said)
			assert.Equal(t, accepted.manifests, withPlaceholder(t, config, name), "what was tried is not what the program makes")
			assert.True(t, render(t, config(name+"x")).failed, "%d characters do not work", works+1)
		})
	}
}

// withName is a ChromaConfig without a namespace.
func withName(name string, spec map[string]any) map[string]any {
	spec["chromadb"] = map[string]any{"apiVersion": "1.5.9", "auth": map[string]any{"enabled": false}}
	config := chromaConfig(name, "", spec)
	unstructured.RemoveNestedField(config, "metadata", "namespace")
	return config
}

// withPlaceholder is what the program would make if it took every name.
func withPlaceholder(t *testing.T, config func(name string) map[string]any, name string) string {
	t.Helper()
	r := render(t, config(placeholder))
	require.False(t, r.failed, "%s", r.said)
	return strings.ReplaceAll(r.manifests, placeholder, name)
}

// lengthWorks reports whether the cluster makes a ready pod with each of some names of that length.
func lengthWorks(t *testing.T, config func(name string) map[string]any, length int) bool {
	t.Helper()
	var tried []deployment
	for i := range nameVariants {
		name := strings.Repeat(string(rune('a'+i)), length)
		d := deployment{session: newSession(t), objects: rendered{manifests: withPlaceholder(t, config, name)}.objects(t)}
		namespace := d.session.createNamespace(t, fmt.Sprintf("name-%d-%s", namesTried.Add(1), name[:1]), restricted)
		for _, object := range d.objects {
			object.SetNamespace(namespace)
			_, err := d.session.apply(t, object)
			if apierrors.IsInvalid(err) {
				return false
			}
			require.NoError(t, err)
		}
		d.offerVolumes(t)
		tried = append(tried, d)
	}
	for _, d := range tried {
		if !d.getsReadyPod(t) {
			return false
		}
	}
	return true
}

// getsReadyPod waits until the pod is ready, or the controller says that it cannot make it.
func (d deployment) getsReadyPod(t *testing.T) bool {
	t.Helper()
	set := d.statefulSets()[0]
	ready := false
	require.Eventually(t, func() bool {
		ready = isRolledOut(decode[appsv1.StatefulSet](t, d.session.live(t, set)))
		complaints := d.session.complaintsOfControllers(t, set.GetNamespace())
		return ready || strings.Contains(complaints, "FailedCreate: ") && strings.Contains(complaints, " is invalid: ")
	}, rolloutTimeout, rolloutPoll)
	return ready
}

// A Service named chroma, be it a stranger or our own, would put CHROMA_PORT=tcp://… into the environment of every pod
// of its namespace that lets it, and the server would not start.
func TestServiceNamedChromaIsNotSeenByThePod(t *testing.T) {
	for way, spec := range map[string]map[string]any{
		"stranger": {},
		"our own":  {"fullnameOverride": "chroma"},
	} {
		t.Run(way, func(t *testing.T) {
			d := deployment{way, newSession(t), render(t, withName("db", spec)).objects(t)}
			namespace := d.session.createNamespace(t, "service-named-chroma-"+strings.ReplaceAll(way, " ", "-"), restricted)
			for _, object := range d.objects {
				object.SetNamespace(namespace)
			}
			if way == "stranger" {
				service := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 80}}}}
				service.APIVersion, service.Kind, service.Name, service.Namespace = "v1", "Service", "chroma", namespace
				require.NoError(t, d.session.create(t, service))
			}
			d.apply(t)
			d.settle(t)
			set := decode[appsv1.StatefulSet](t, d.statefulSets()[0])
			pod := decode[corev1.Pod](t, d.session.live(t, coreObject("Pod", namespace, kubelet.FirstPod(set).Name)))
			require.NotNil(t, pod.Spec.EnableServiceLinks)
			assert.False(t, *pod.Spec.EnableServiceLinks)
			assert.Equal(t, "chroma", d.session.live(t, coreObject("Service", namespace, "chroma")).GetName())
		})
	}
}

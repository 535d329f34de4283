package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

const (
	rolloutTimeout = time.Minute
	rolloutPoll    = 100 * time.Millisecond
)

// deployment is what one render brings into the cluster.
type deployment struct {
	// name tells a reader of a failure which one it was.
	name    string
	session *session
	objects []*unstructured.Unstructured
}

// apply applies all objects, as they are and without a word of the server. Rolling out is left to the cluster, so that
// many deployments do it at the same time; settle waits for it.
func (d deployment) apply(t *testing.T) {
	t.Helper()
	for _, object := range d.objects {
		_, err := d.session.apply(t, object)
		d.expectNone(t, err)
	}
	d.offerVolumes(t)
}

// offerVolumes makes what the claims of the pods may bind to.
func (d deployment) offerVolumes(t *testing.T) {
	t.Helper()
	for _, set := range d.statefulSets() {
		d.session.offerVolumes(t, decode[appsv1.StatefulSet](t, set))
	}
}

// settle waits until the pods are ready on bound claims, and applies all objects again, as a GitOps tool does all day:
// that changes nothing.
func (d deployment) settle(t *testing.T) {
	t.Helper()
	for _, set := range d.statefulSets() {
		d.expectNone(t, d.session.rolledOut(t, set))
	}
	for _, object := range d.objects {
		d.expectNone(t, d.session.applyAgain(t, object))
	}
}

// expectNone fails the test for a complaint, and lets it go on: the next object may have one too.
func (d deployment) expectNone(t *testing.T, complaint error) {
	t.Helper()
	if complaint != nil {
		t.Errorf("%s: %v", d.name, complaint)
	}
}

func (d deployment) statefulSets() []*unstructured.Unstructured {
	return slices.DeleteFunc(slices.Clone(d.objects), func(object *unstructured.Unstructured) bool {
		return object.GetKind() != "StatefulSet"
	})
}

// offerVolumes makes a volume for each claim of the first pod, and reserves it: another one must not take it.
func (s *session) offerVolumes(t *testing.T, set *appsv1.StatefulSet) {
	t.Helper()
	for i := range set.Spec.VolumeClaimTemplates {
		claim := set.Spec.VolumeClaimTemplates[i]
		class := cluster.DefaultStorageClass
		if named := claim.Spec.StorageClassName; named != nil {
			class = *named
		}
		modes := []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce, corev1.ReadWriteMany}
		if slices.Contains(claim.Spec.AccessModes, corev1.ReadWriteOncePod) {
			modes = []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOncePod}
		}
		require.NoError(t, s.create(t, &corev1.PersistentVolume{
			TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolume"},
			ObjectMeta: metav1.ObjectMeta{GenerateName: "volume-"},
			Spec: corev1.PersistentVolumeSpec{
				Capacity:               corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Ti")},
				AccessModes:            modes,
				StorageClassName:       class,
				ClaimRef:               &corev1.ObjectReference{Namespace: set.Namespace, Name: kubelet.ClaimName(&claim, kubelet.FirstPod(set))},
				PersistentVolumeSource: corev1.PersistentVolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/nowhere"}},
			},
		}))
	}
}

// rolledOut waits until the controller of a StatefulSet has nothing left to do, and reports it if that takes too long.
func (s *session) rolledOut(t *testing.T, object *unstructured.Unstructured) error {
	t.Helper()
	deadline := time.Now().Add(rolloutTimeout)
	for {
		set := decode[appsv1.StatefulSet](t, s.live(t, object))
		if isRolledOut(set) {
			rollouts.Add(1)
			return s.claimsBound(t, set)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s is not rolled out: %+v\n%s", identity(object), set.Status, s.complaintsOfControllers(t, set.Namespace))
		}
		time.Sleep(rolloutPoll)
	}
}

func isRolledOut(set *appsv1.StatefulSet) bool {
	want, status := *set.Spec.Replicas, set.Status
	return status.ObservedGeneration == set.Generation && status.CurrentRevision == status.UpdateRevision &&
		status.Replicas == want && status.UpdatedReplicas == want && status.ReadyReplicas == want && status.AvailableReplicas == want
}

// claimsBound reports a claim of the first pod that has no volume.
func (s *session) claimsBound(t *testing.T, set *appsv1.StatefulSet) error {
	t.Helper()
	if *set.Spec.Replicas == 0 {
		return nil
	}
	for i := range set.Spec.VolumeClaimTemplates {
		wanted := kubelet.ClaimName(&set.Spec.VolumeClaimTemplates[i], kubelet.FirstPod(set))
		claim := decode[corev1.PersistentVolumeClaim](t, s.live(t, coreObject("PersistentVolumeClaim", set.Namespace, wanted)))
		if claim.Status.Phase != corev1.ClaimBound {
			return fmt.Errorf("the claim %s is %s", wanted, claim.Status.Phase)
		}
		claimsBound.Add(1)
	}
	return nil
}

// complaintsOfControllers are the warnings among the events of a namespace.
func (s *session) complaintsOfControllers(t *testing.T, namespace string) string {
	t.Helper()
	events, err := s.resource(t, coreObject("Event", namespace, "")).List(t.Context(), metav1.ListOptions{})
	require.NoError(t, err)
	var texts []string
	for i := range events.Items {
		if event := decode[corev1.Event](t, &events.Items[i]); event.Type == corev1.EventTypeWarning {
			texts = append(texts, event.Reason+": "+event.Message)
		}
	}
	return strings.Join(texts, "\n")
}

// coreObject is an object of which nothing is known but where it is.
func coreObject(kind, namespace, name string) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	object.SetAPIVersion("v1")
	object.SetKind(kind)
	object.SetNamespace(namespace)
	object.SetName(name)
	return object
}

package kubelet

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// What a node would heed and this one does not must not pass unnoticed.
func TestUnknownFieldsAreRefused(t *testing.T) {
	for field, change := range map[string]func(pod *corev1.Pod){
		"hostNetwork": func(pod *corev1.Pod) { pod.Spec.HostNetwork = true },
		"containers[].lifecycle.preStop.sleep.seconds": func(pod *corev1.Pod) {
			sleep := &corev1.SleepAction{Seconds: 1}
			pod.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Sleep: sleep}}
		},
		"containers[].startupProbe.tcpSocket.port": func(pod *corev1.Pod) {
			pod.Spec.Containers[0].StartupProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{}}}
		},
		"volumes[].hostPath.path": func(pod *corev1.Pod) {
			source := corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}}
			pod.Spec.Volumes = append(pod.Spec.Volumes, corev1.Volume{Name: "host", VolumeSource: source})
		},
	} {
		pod := FirstPod(&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			Containers: []corev1.Container{{Name: "server", Image: "image"}},
		}}}})
		require.NoError(t, checkFields(pod))
		change(pod)
		assert.ErrorContains(t, checkFields(pod), "pod.spec."+field+": ")
	}
}

func TestExpand(t *testing.T) {
	values := map[string]string{"A": "1", "EMPTY": ""}
	for text, want := range map[string]string{
		"$(A)":        "1",
		"-$(A)$(A)-":  "-11-",
		"$(EMPTY)":    "",
		"$(UNKNOWN)":  "$(UNKNOWN)",
		"$$(A)":       "$(A)",
		"$$$(A)":      "$1",
		"$A $ $":      "$A $ $",
		"$(A":         "$(A",
		"no variable": "no variable",
	} {
		assert.Equal(t, want, expand(text, values), text)
	}
}

func TestCapabilities(t *testing.T) {
	dropAll := corev1.SecurityContext{Capabilities: &corev1.Capabilities{
		Drop: []corev1.Capability{"ALL"}, Add: []corev1.Capability{"NET_BIND_SERVICE"},
	}}
	assert.Equal(t, []string{"CAP_NET_BIND_SERVICE"}, capabilities(dropAll).Bounding)
	dropOne := corev1.SecurityContext{Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"MKNOD"}}}
	assert.NotContains(t, capabilities(dropOne).Effective, "CAP_MKNOD")
	assert.Len(t, capabilities(dropOne).Permitted, len(defaultCapabilities)-1)
}

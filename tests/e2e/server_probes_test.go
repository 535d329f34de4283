package e2e_test

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The probes of the manifest, at the manifest's own times, find each server ready long before they would give up.
func TestServerIsReadyInTime(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		node := newNode(t)
		node.Eager = false
		pod := runServer(t, node, forVersion(version))
		probe := pod.Spec().Containers[0].StartupProbe
		earliest := time.Duration(probe.InitialDelaySeconds) * time.Second
		assert.GreaterOrEqual(t, pod.Age(), earliest, "the probe did not wait as it was told")
		assert.Less(t, pod.Age(), earliest+30*time.Second)
		assert.Empty(t, pod.Events())
	})
}

// A server that hangs still accepts connections; its probes notice, and the kubelet ends it.
func TestProbesNoticeServerThatHangs(t *testing.T) {
	t.Parallel()
	const probes = `
readinessProbe: {periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 1}
livenessProbe: {periodSeconds: 1, timeoutSeconds: 1, failureThreshold: 3}
podSpec: {terminationGracePeriodSeconds: 1}
chromadb: {apiVersion: `
	eachRelease(t, func(t *testing.T, version string) {
		pod := runServer(t, newNode(t), probes+version+"}")
		require.NoError(t, pod.Signal(t.Context(), syscall.SIGSTOP))
		connection, err := pod.Dial(t.Context(), pod.Addresses()[0]+":8000")
		require.NoError(t, err, "a TCP probe would have passed")
		require.NoError(t, connection.Close())

		require.NoError(t, pod.WaitUnready(t.Context()))
		<-pod.Ended()
		assert.Equal(t, 128+int(syscall.SIGKILL), pod.ExitCode())
		assert.Contains(t, pod.Events(), "Container chromadb failed Liveness probe and is killed")
		faultsSurvived.Add(1)
	})
}

// The kubelet of the tests asks what the manifest says, and is not content with another answer.
func TestProbeOfAnotherPathFails(t *testing.T) {
	t.Parallel()
	objects := mustRender(t, forVersion(newest))
	changeContainer(t, objects, func(container map[string]any) {
		probe := container["readinessProbe"].(map[string]any)
		probe["httpGet"].(map[string]any)["path"] = "/api/v2/healthchek"
		probe["periodSeconds"], probe["failureThreshold"] = int64(1), int64(1)
	})
	pod := runPod(t, newNode(t), objects)
	require.Eventually(t, func() bool {
		return slices.Contains(pod.Events(), "Readiness probe failed: HTTP probe failed with statuscode: 404")
	}, time.Minute, 100*time.Millisecond)
	mustNotBeReady(t, pod)
}

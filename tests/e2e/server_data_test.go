package e2e_test

import (
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/chroma"
)

// written is how many documents the tests write where a few would do: more than the 1000 after which a server moves
// vectors from its database into files of their own, and then some that stay behind.
const written = 1100

// write adds documents in batches.
func write(t *testing.T, c collection, first, last int) {
	t.Helper()
	for ; first < last; first += 100 {
		require.NoError(t, c.add(numbers(first, min(first+100, last))...))
	}
}

// A restart keeps every document.
func TestDataOutlivesRestart(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		node := newNode(t)
		pod := runServer(t, node, forVersion(version))
		write(t, databaseOf(pod).collection(t, "documents"), 0, written)
		stopPod(t, pod)

		c := databaseOf(runServer(t, node, forVersion(version))).collection(t, "documents")
		assert.Equal(t, written, c.count(t))
		c.mustHold(t, numbers(0, written)...)
		require.NoError(t, c.add(written), "it can go on")
		c.mustHold(t, written)
	})
}

// An upgrade from each version to each newer one keeps every document, and what is written after it.
func TestDataOutlivesUpgrade(t *testing.T) {
	t.Parallel()
	for i, from := range chroma.Releases {
		for _, to := range chroma.Releases[i+1:] {
			t.Run(from.Version+" to "+to.Version, func(t *testing.T) {
				t.Parallel()
				node := newNode(t)
				pod := runServer(t, node, forVersion(from.Version))
				write(t, databaseOf(pod).collection(t, "documents"), 0, written)
				stopPod(t, pod)

				pod = runServer(t, node, forVersion(to.Version))
				c := databaseOf(pod).collection(t, "documents")
				c.mustHold(t, numbers(0, written)...)
				write(t, c, written, written+100)
				stopPod(t, pod)
				databaseOf(runServer(t, node, forVersion(to.Version))).collection(t, "documents").mustHold(t, numbers(0, written+100)...)
			})
		}
	}
}

// What a server has confirmed is there after it was killed in the middle of the next request.
func TestDataOutlivesKill(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		node, confirmed := newNode(t), 0
		for round := range 3 {
			pod := runServer(t, node, forVersion(version))
			c := databaseOf(pod).collection(t, "documents")
			c.mustHold(t, numbers(0, confirmed)...)
			var last atomic.Int64
			last.Store(int64(confirmed))
			writer := make(chan error, 1)
			go func() {
				for next := confirmed; ; next += 50 {
					if err := c.add(numbers(next, next+50)...); err != nil {
						writer <- err
						return
					}
					last.Store(int64(next + 50))
				}
			}()
			enough := int64(confirmed + 600*(round+1))
			require.Eventually(t, func() bool { return last.Load() >= enough }, time.Minute, time.Millisecond)
			kill(t, pod)
			require.Error(t, <-writer)
			confirmed = int(last.Load())
			faultsSurvived.Add(1)
		}
		c := databaseOf(runServer(t, node, forVersion(version))).collection(t, "documents")
		c.mustHold(t, numbers(0, confirmed)...)
		assert.GreaterOrEqual(t, c.count(t), confirmed)
	})
}

// A request whose sender has stalled does not keep a server beyond its grace period, nor does it cost data.
func TestTerminationWithStalledUpload(t *testing.T) {
	t.Parallel()
	const grace = 3 * time.Second
	eachRelease(t, func(t *testing.T, version string) {
		spec := "{podSpec: {terminationGracePeriodSeconds: 3}, chromadb: {apiVersion: " + version + "}}"
		node := newNode(t)
		pod := runServer(t, node, spec)
		c := databaseOf(pod).collection(t, "documents")
		write(t, c, 0, written)
		upload, err := pod.Dial(t.Context(), pod.Addresses()[0]+":8000")
		require.NoError(t, err)
		stall(t, upload, c.path)

		termination, err := pod.Stop(t.Context())
		require.NoError(t, err)
		assert.Less(t, termination.Took, grace+2*time.Second)
		// Before 1.0.21 a server ends at once at SIGTERM; later ones wait for their requests.
		assert.Equal(t, version != chroma.Oldest(), termination.Killed)
		require.NoError(t, upload.Close())
		databaseOf(runServer(t, node, spec)).collection(t, "documents").mustHold(t, numbers(0, written)...)
		faultsSurvived.Add(1)
	})
}

// stall begins a request and never ends it.
func stall(t *testing.T, upload net.Conn, path string) {
	t.Helper()
	_, err := fmt.Fprintf(upload, "POST %s/add HTTP/1.1\r\nHost: chroma\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{", path)
	require.NoError(t, err)
}

// A server without work ends at once, whether or not a client keeps a connection to it.
func TestTerminationWithoutWork(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		pod := runServer(t, newNode(t), forVersion(version))
		idle, err := pod.Dial(t.Context(), pod.Addresses()[0]+":8000")
		require.NoError(t, err)
		_, err = fmt.Fprint(idle, "GET /api/v2/heartbeat HTTP/1.1\r\nHost: chroma\r\n\r\n")
		require.NoError(t, err)
		status := make([]byte, len("HTTP/1.1 200"))
		_, err = idle.Read(status)
		require.NoError(t, err)
		require.Equal(t, "HTTP/1.1 200", string(status))

		termination, err := pod.Stop(t.Context())
		require.NoError(t, err)
		assert.False(t, termination.Killed)
		assert.Less(t, termination.Took, 5*time.Second)
		if version == chroma.Oldest() {
			assert.Equal(t, 128+int(syscall.SIGTERM), termination.ExitCode)
		} else {
			assert.Zero(t, termination.ExitCode)
		}
	})
}

// A volume that has become read-only stops the server with a reason, and costs nothing.
func TestDataOutlivesReadOnlyVolume(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		node := newNode(t)
		pod := runServer(t, node, forVersion(version))
		write(t, databaseOf(pod).collection(t, "documents"), 0, written)
		stopPod(t, pod)

		node.Claim(dataClaim).ReadOnly = true
		pod = runPod(t, node, mustRender(t, forVersion(version)))
		require.Error(t, pod.WaitReady(t.Context()))
		assert.NotZero(t, pod.ExitCode())
		assert.Regexp(t, "readonly database|unable to open database file", pod.Log())

		node.Claim(dataClaim).ReadOnly = false
		databaseOf(runServer(t, node, forVersion(version))).collection(t, "documents").mustHold(t, numbers(0, written)...)
		faultsSurvived.Add(1)
	})
}

// A volume of which the node cannot change the group refuses the server, which says so; an init container of the user
// gives it to the server.
func TestVolumeThatIgnoresFSGroup(t *testing.T) {
	t.Parallel()
	const chown = `
podSpec:
  initContainers:
    - name: chown
      image: busybox:1.37
      command: [chown, "-R", "1000:1000", /data]
      securityContext: {runAsUser: 0, capabilities: {add: [CHOWN]}}
      volumeMounts: [{name: data, mountPath: /data}]
chromadb: {apiVersion: `
	eachRelease(t, func(t *testing.T, version string) {
		node := newNode(t)
		node.Claim(dataClaim).IgnoresFSGroup = true
		pod := runPod(t, node, mustRender(t, forVersion(version)))
		require.Error(t, pod.WaitReady(t.Context()))
		assert.Contains(t, pod.Log(), "unable to open database file")

		pod = runServer(t, node, chown+version+"}")
		write(t, databaseOf(pod).collection(t, "documents"), 0, 1)
		stopPod(t, pod)
		databaseOf(runServer(t, node, forVersion(version))).collection(t, "documents").mustHold(t, 0)
		faultsSurvived.Add(1)
	})
}

// A Service named chroma beside ours does not reach the server's configuration; with service links it would.
func TestServiceNamedChroma(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		objects := mustRender(t, "{fullnameOverride: chroma, chromadb: {apiVersion: "+version+"}}")
		pod := runPod(t, newNode(t), objects)
		waitReady(t, pod)
		environment, err := pod.Exec(t.Context(), "cat", "/proc/1/environ")
		require.NoError(t, err)
		assert.NotContains(t, environment, "CHROMA_")

		withLinks(t, objects)
		pod = runPod(t, newNode(t), objects)
		require.Error(t, pod.WaitReady(t.Context()))
		assert.NotZero(t, pod.ExitCode())
		assert.Contains(t, pod.Log(), "tcp://10.96.0.10:8000")
		faultsSurvived.Add(1)
	})
}

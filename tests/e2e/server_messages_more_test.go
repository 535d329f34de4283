package e2e_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// dataMessages speak of the volume and the database on it.
var dataMessages = []serverMessage{
	{"hash of another", `sha256 is fixed when the database is created`, func(t *testing.T) {
		for _, version := range []string{oldest, newest} {
			node := newNode(t)
			stopPod(t, runServer(t, node, forVersion(version)))
			expectPanic(t, runPod(t, node, mustRender(t, forVersion(version, "sqliteDb: {hashType: sha256}"))))
		}
	}},
	{"validate", `validate makes the server panic`, func(t *testing.T) {
		const validate = "sqliteDb: {migrationMode: validate}"
		expectPanic(t, runPod(t, newNode(t), mustRender(t, forVersion(newest, validate))))
		node := newNode(t)
		stopPod(t, runServer(t, node, forVersion(oldest)))
		expectPanic(t, runPod(t, node, mustRender(t, forVersion(newest, validate))))
		stopPod(t, runServer(t, node, forVersion(newest)))
		runServer(t, node, forVersion(newest, validate))
	}},
	{"hidden data", `another value hides the data`, func(t *testing.T) {
		other := map[string]any{"log": map[string]any{"sqlite": map[string]any{"topic_namespace": "other", "tenant_id": "other"}}}
		for _, version := range []string{oldest, newest} {
			node := newNode(t)
			pod := runServer(t, node, forVersion(version))
			require.NoError(t, databaseOf(pod).collection(t, "documents").add(1))
			stopPod(t, pod)
			pod = runChanged(t, node, version, other)
			waitReady(t, pod)
			a := databaseOf(pod).collection(t, "documents").query(t, 1)
			assert.NotContains(t, a.body, documentOf(1))
		}
	}},
	{"data elsewhere", `it moves data off the volume`, func(t *testing.T) {
		notOnVolume(t, map[string]any{"sqlitedb.url": "/tmp/other.sqlite3"})
	}},
	{"file elsewhere", `the database would not be on the volume`, func(t *testing.T) {
		notOnVolume(t, map[string]any{"sqlite_filename": "/tmp/other.sqlite3"})
		notOnVolume(t, map[string]any{"sqlite_filename": "../tmp/other.sqlite3"})
		panicsWith(t, newest, map[string]any{"sqlite_filename": "."})
	}},
	{"no volume", `the data lives in the pod and is lost`, func(t *testing.T) {
		node := newNode(t)
		pod := runServer(t, node, forVersion(newest, "isPersistent: false"))
		require.NoError(t, databaseOf(pod).collection(t, "documents").add(1))
		stopPod(t, pod)
		assert.Zero(t, databaseOf(runServer(t, node, forVersion(newest, "isPersistent: false"))).collection(t, "documents").count(t))
	}},
	{"two pods", `pods would be as many separate databases`, func(t *testing.T) {
		one, other := runServer(t, newNode(t), forVersion(newest)), runServer(t, newNode(t), forVersion(newest))
		require.NoError(t, databaseOf(one).collection(t, "documents").add(1))
		assert.Zero(t, databaseOf(other).collection(t, "documents").count(t))
	}},
	{"tiny volume", `where it cannot write an empty database`, func(t *testing.T) {
		objects := mustRender(t, forVersion(newest))
		claims, _, err := unstructured.NestedSlice(statefulSet(t, objects).Object, "spec", "volumeClaimTemplates")
		require.NoError(t, err)
		require.NoError(t, unstructured.SetNestedField(claims[0].(map[string]any), "10", "spec", "resources", "requests", "storage"))
		require.NoError(t, unstructured.SetNestedSlice(statefulSet(t, objects).Object, claims, "spec", "volumeClaimTemplates"))
		expectPanic(t, runPod(t, newNode(t), objects))
	}},
	{"directory of the image", `would hide what the image needs|would hide the whole image`, func(t *testing.T) {
		mustNotStart(t, func(container map[string]any) { mountsOf(container)["data"]["mountPath"] = "/usr" })
		mustNotStart(t, func(container map[string]any) { mountsOf(container)["data"]["mountPath"] = "/" })
	}},
	{"file of the configuration", `is the server's configuration file`, func(t *testing.T) {
		mustNotStart(t, func(container map[string]any) { mountsOf(container)["data"]["mountPath"] = "/config.yaml" })
	}},
	{"chown without the right", `so that chown and the like fail`, func(t *testing.T) {
		const chown = "{name: chown, image: 'busybox:1.37', command: [chown, '1:1', /data], securityContext: {runAsUser: 0}, volumeMounts: [{name: data, mountPath: /data}]}"
		_, err := newNode(t).Run(t.Context(), mustRender(t, "{podSpec: {initContainers: ["+chown+"]}, chromadb: {apiVersion: "+newest+"}}"))
		assert.ErrorContains(t, err, "Operation not permitted")
	}},
}

// networkMessages speak of the address of the server, and of who may use it.
var networkMessages = []serverMessage{
	{"loopback", `is reachable from within the pod only`, func(t *testing.T) {
		pod := runPod(t, newNode(t), mustRender(t, forVersion(newest, "serverHost: 127.0.0.1")))
		within := database{pod.Client(), "http://127.0.0.1:8000"}
		require.Eventually(t, func() bool {
			a, err := within.ask(http.MethodGet, "/api/v2/healthcheck", nil)
			return err == nil && a.status == http.StatusOK
		}, 20*time.Second, 50*time.Millisecond)
		mustNotBeReady(t, pod)
	}},
	{"address of another", `would have to be the pod's own address`, func(t *testing.T) {
		mustNotBeReady(t, runChanged(t, newNode(t), newest, map[string]any{"listen_address": "10.0.0.5"}))
	}},
	{"name for an address", `must be an IP address`, func(t *testing.T) {
		for _, host := range []string{"localhost", "[0.0.0.0]"} {
			mustNotBeReady(t, runChanged(t, newNode(t), newest, map[string]any{"listen_address": host}))
		}
	}},
	{"port of root", `keeps the server from its port`, func(t *testing.T) {
		objects := mustRender(t, forVersion(newest))
		sysctls := []any{map[string]any{"name": "net.ipv4.ip_unprivileged_port_start", "value": "9000"}}
		set := statefulSet(t, objects)
		require.NoError(t, unstructured.SetNestedSlice(set.Object, sysctls, "spec", "template", "spec", "securityContext", "sysctls"))
		mustNotBeReady(t, runPod(t, newNode(t), objects))
	}},
	{"settings of the Python server", `Chroma 1\.5\.\d; it needs 0\.|Chroma 1\.5\.\d has no authentication`, showPythonSettings},
}

// showPythonSettings gives the settings of the Python server to a Rust server: it stays open.
func showPythonSettings(t *testing.T) {
	for _, version := range []string{oldest, newest} {
		objects := mustRender(t, forVersion(version))
		changeContainer(t, objects, func(container map[string]any) {
			env, _ := container["env"].([]any)
			for _, setting := range [][2]string{
				{"ANONYMIZED_TELEMETRY", "True"}, {"ALLOW_RESET", "TRUE"}, {"CHROMA_SEGMENT_CACHE_POLICY", "LRU"}, {"CHROMA_MEMORY_LIMIT_BYTES", "1"},
				{"CHROMA_LOG_CONFIG", "/none.yaml"}, {"CHROMA_SERVER_AUTHN_PROVIDER", "chromadb.auth.token_authn.TokenAuthenticationServerProvider"},
				{"CHROMA_SERVER_AUTHN_CREDENTIALS", "secret"}, {"CHROMA_SERVER_AUTH_PROVIDER", "chromadb.auth.token.TokenAuthServerProvider"},
			} {
				env = append(env, map[string]any{"name": setting[0], "value": setting[1]})
			}
			container["env"] = env
		})
		pod := runPod(t, newNode(t), objects)
		waitReady(t, pod)
		d := databaseOf(pod)
		require.NoError(t, d.collection(t, "open").add(1))
		assert.Equal(t, http.StatusForbidden, d.mustAsk(t, http.MethodPost, "/api/v2/reset", nil).status)
	}
}

func statefulSet(t *testing.T, objects []*unstructured.Unstructured) *unstructured.Unstructured {
	t.Helper()
	for _, object := range objects {
		if object.GetKind() == "StatefulSet" {
			return object
		}
	}
	require.Fail(t, "there is no StatefulSet")
	return nil
}

// changeContainer changes the server's container.
func changeContainer(t *testing.T, objects []*unstructured.Unstructured, change func(container map[string]any)) {
	t.Helper()
	path := []string{"spec", "template", "spec", "containers"}
	object := statefulSet(t, objects).Object
	containers, _, err := unstructured.NestedSlice(object, path...)
	require.NoError(t, err)
	change(containers[0].(map[string]any))
	require.NoError(t, unstructured.SetNestedSlice(object, containers, path...))
}

// mountsOf are the mounts of a container by the names of their volumes.
func mountsOf(container map[string]any) map[string]map[string]any {
	mounts := map[string]map[string]any{}
	for _, mount := range container["volumeMounts"].([]any) {
		mounts[mount.(map[string]any)["name"].(string)] = mount.(map[string]any)
	}
	return mounts
}

// mustNotStart expects a container that was changed not to come up.
func mustNotStart(t *testing.T, change func(container map[string]any)) {
	t.Helper()
	objects := mustRender(t, forVersion(newest))
	changeContainer(t, objects, change)
	pod, err := newNode(t).Run(t.Context(), objects)
	if err == nil {
		mustNotBeReady(t, pod)
	}
}

// mustNotBeReady expects a pod to end, or to stay as it is for longer than any server takes.
func mustNotBeReady(t *testing.T, pod *kubelet.Pod) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	require.Error(t, pod.WaitReady(ctx))
}

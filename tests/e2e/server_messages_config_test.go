package e2e_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/tests/e2e/chroma"
	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

var (
	oldest = chroma.Oldest()
	newest = chroma.Newest()
)

// configMessages speak of the configuration file.
var configMessages = []serverMessage{
	{"wildcard beside an origin", `"\*" beside another origin`, panics("cors_allow_origins", []any{"*", "https://a.example"})},
	{"early wildcard", `"\*" makes Chroma 1\.0\.\d+ panic`, func(t *testing.T) {
		panicsWith(t, chroma.Early.Version, map[string]any{"cors_allow_origins": []any{"*"}})
		runServer(t, newNode(t), forVersion(chroma.Early.Version, "corsAllowOrigins: ['https://a.example']"))
	}},
	{"origin that is no header", `must be an origin of printable ASCII`, func(t *testing.T) {
		panics("cors_allow_origins", []any{"http://a\nb"})(t)
		pod := runChanged(t, newNode(t), newest, map[string]any{"cors_allow_origins": []any{"http://é.example"}})
		waitReady(t, pod)
		assert.Empty(t, allowedOrigin(t, databaseOf(pod), "http://xn--9ca.example"), "a browser writes it so")
	}},
	{"origin that is none", `matches no web page`, func(t *testing.T) {
		d := databaseOf(runServer(t, newNode(t), forVersion(newest, "corsAllowOrigins: [a.example, 'https://b.example/']")))
		assert.Empty(t, allowedOrigin(t, d, "https://a.example"))
		assert.Empty(t, allowedOrigin(t, d, "https://b.example"))
	}},
	{"breaker", `each client that hangs up early takes a place forever`, showLeakingBreaker},
	{"breaker without requests", `needs requests`, panics("circuit_breaker", map[string]any{})},
	{"cache of another form", `must be one of memory, lru`, func(t *testing.T) {
		for _, cache := range []map[string]any{{"policy": "memory", "capacity": 5}, {"nop": map[string]any{}}, {"unbounded": map[string]any{}}} {
			panics("segment_manager.hnsw_index_pool_cache_config", cache)(t)
		}
	}},
	{"small cache", `the capacity counts open indexes`, showSmallCache},
	{"wrong type", `anything else makes the server panic at its start`, panics("allow_reset", "true")},
	{"hash in capitals", `must be md5 or sha256, in lower case`, panics("sqlitedb.hash_type", "SHA256")},
	{"filter", `must be a crate_name`, func(t *testing.T) {
		filter := map[string]any{"crate_name": "chroma_frontend", "filter_level": "TRACE"}
		panicsWith(t, newest, map[string]any{"open_telemetry": map[string]any{"endpoint": "http://127.0.0.1:4317", "filters": []any{filter}}})
	}},
	{"filter without endpoint", `filters without an endpoint`, panics("open_telemetry", map[string]any{"filters": []any{}})},
	{"endpoint", `must be a URL such as`, func(t *testing.T) {
		for _, endpoint := range []string{"", `http://otel"collector:4317`, "http://otel]:4317", "http://otel-collector:4317/<v1>"} {
			panics("open_telemetry", map[string]any{"endpoint": endpoint})(t)
		}
	}},
	{"score", `must be a list of patterns and a score`, func(t *testing.T) {
		panics("scorecard", []any{map[string]any{"patterns": []any{"op:read"}}})(t)
		panics("scorecard", []any{map[string]any{"patterns": []any{"op:read"}, "score": 4294967296}})(t)
	}},
	{"no payload", `0 makes the server refuse every request that has a body`, func(t *testing.T) {
		pod := runChanged(t, newNode(t), newest, map[string]any{"max_payload_size_bytes": 0})
		waitReady(t, pod)
		assert.Equal(t, http.StatusRequestEntityTooLarge, databaseOf(pod).mustAsk(t, http.MethodPost, collectionsPath, []byte(`{"name": "documents"}`)).status)
	}},
	{"spann", `spann makes the server refuse every new collection`, func(t *testing.T) {
		d := databaseOf(runServer(t, newNode(t), forVersion(newest, "extraConfig: {default_knn_index: spann}")))
		assert.Equal(t, http.StatusBadRequest, d.mustAsk(t, http.MethodPost, collectionsPath, []byte(`{"name": "documents"}`)).status)
	}},
	{"part of the provider", `a part of it makes the server panic`, func(t *testing.T) {
		panics("collections_with_segments_provider", map[string]any{"permitted_parallelism": 10})(t)
		panics("sysdb", map[string]any{"sqlite": map[string]any{"log_tenant": "default"}})(t)
	}},
	{"executor", `anything else keeps it from starting`, panics("executor", map[string]any{"distributed": map[string]any{}})},
	{"unknown key", `is no key of the configuration`, func(t *testing.T) {
		for _, version := range []string{oldest, newest} {
			runServer(t, newNode(t), forVersion(version, "extraConfig: {compactor: {disabled_collections: [a]}}"))
		}
	}},
	{"newer key", `it needs 1\.5\.7 and newer`, func(t *testing.T) {
		const spec = "extraConfig: {stdout_tracing: true}"
		const traces = "Global tracing subscriber set"
		assert.NotContains(t, runServer(t, newNode(t), forVersion("1.4.1", spec)).Log(), traces)
		assert.Contains(t, runServer(t, newNode(t), forVersion(newest, spec)).Log(), traces)
	}},
	{"filters on an early server", `Chroma 1\.0\.15; it needs 1\.0\.16`, func(t *testing.T) { checkFilters(t, oldest) }},
}

// changed is a render of a version with changes to the configuration file that validation would refuse: keys with
// their parents, separated by dots.
func changed(t *testing.T, version string, changes map[string]any) []*unstructured.Unstructured {
	t.Helper()
	objects := mustRender(t, forVersion(version))
	for _, object := range objects {
		if object.GetKind() != "ConfigMap" {
			continue
		}
		text, _, err := unstructured.NestedString(object.Object, "data", "config.yaml")
		require.NoError(t, err)
		var config map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(text), &config))
		for key, value := range changes {
			set(config, strings.Split(key, "."), value)
		}
		// JSON is YAML.
		file, err := json.Marshal(config)
		require.NoError(t, err)
		require.NoError(t, unstructured.SetNestedField(object.Object, string(file), "data", "config.yaml"))
		return objects
	}
	require.Fail(t, "there is no ConfigMap")
	return nil
}

func runChanged(t *testing.T, node *kubelet.Node, version string, changes map[string]any) *kubelet.Pod {
	t.Helper()
	return runPod(t, node, changed(t, version, changes))
}

// panicsWith expects a server not to survive its start with changes to its configuration.
func panicsWith(t *testing.T, version string, changes map[string]any) {
	t.Helper()
	expectPanic(t, runChanged(t, newNode(t), version, changes))
}

func expectPanic(t *testing.T, pod *kubelet.Pod) {
	t.Helper()
	require.Error(t, pod.WaitReady(t.Context()))
	<-pod.Ended()
	assert.Contains(t, pod.Log(), "panicked at")
	// The program of the image says 101; within Node a panic aborts.
	assert.Equal(t, 134, pod.ExitCode())
}

// panics shows that the oldest and the newest server panic at a value.
func panics(key string, value any) func(t *testing.T) {
	return func(t *testing.T) {
		for _, version := range []string{oldest, newest} {
			panicsWith(t, version, map[string]any{key: value})
		}
	}
}

// showLeakingBreaker hangs up before the answer, over and over, until the server refuses everybody.
func showLeakingBreaker(t *testing.T) {
	for _, version := range []string{oldest, newest} {
		pod := runServer(t, newNode(t), "{readinessProbe: {periodSeconds: 1, failureThreshold: 2}, chromadb: {apiVersion: "+version+", circuitBreaker: {requests: 3}}}")
		d := databaseOf(pod)
		path := d.collection(t, "documents").path + "/upsert"
		const body = `{"ids": ["1"], "embeddings": [[1, 2, 3]]}`
		for attempts := 0; d.mustAsk(t, http.MethodGet, "/api/v2/healthcheck", nil).status != http.StatusTooManyRequests; attempts++ {
			require.Less(t, attempts, 200, "no client that hung up has taken a place")
			client, err := pod.Dial(t.Context(), pod.Addresses()[0]+":8000")
			require.NoError(t, err)
			_, err = fmt.Fprintf(client, "POST %s HTTP/1.1\r\nHost: chroma\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", path, len(body), body)
			require.NoError(t, err)
			time.Sleep(2 * time.Millisecond)
			require.NoError(t, client.Close())
			time.Sleep(20 * time.Millisecond)
		}
		require.NoError(t, pod.WaitUnready(t.Context()), "no place comes back")
		assert.Equal(t, http.StatusTooManyRequests, d.mustAsk(t, http.MethodGet, "/api/v2/heartbeat", nil).status)
	}
}

// showSmallCache opens more indexes than the cache holds, and asks each again.
func showSmallCache(t *testing.T) {
	for _, version := range []string{oldest, newest} {
		d := databaseOf(runServer(t, newNode(t), forVersion(version, "segmentManager: {hnswIndexPoolCacheConfig: {memory: {capacity: 1}}}")))
		var collections []collection
		for i := range 40 {
			c := d.collection(t, fmt.Sprintf("documents-%d", i))
			require.NoError(t, c.add(numbers(0, 10)...))
			require.Equal(t, http.StatusOK, c.query(t, 1).status)
			collections = append(collections, c)
		}
		failures := 0
		for _, c := range collections {
			if c.query(t, 1).status == http.StatusInternalServerError {
				failures++
			}
		}
		assert.Positive(t, failures)
	}
}

// notOnVolume expects the database elsewhere.
func notOnVolume(t *testing.T, changes map[string]any) {
	t.Helper()
	node := newNode(t)
	pod := runChanged(t, node, newest, changes)
	waitReady(t, pod)
	require.NoError(t, databaseOf(pod).collection(t, "documents").add(1))
	entries, err := filepath.Glob(filepath.Join(node.Claim(dataClaim).Path(), "*.sqlite3"))
	require.NoError(t, err)
	assert.Empty(t, entries)
}

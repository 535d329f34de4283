package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// dataClaim is the claim of the pod's data volume.
const dataClaim = "data-chroma-chromadb-0"

// serverCase is a setting and what must be seen of it.
type serverCase struct {
	name string
	// chromadb are values of spec.chromadb in YAML's short form.
	chromadb string
	check    func(t *testing.T, node *kubelet.Node, pod *kubelet.Pod, d database)
}

// Every value of the configuration does to the server what its description says, and the default does not.
func TestServerHeedsItsValues(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		for _, c := range serverCases {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				node := newNode(t)
				pod := runServer(t, node, forVersion(version, c.chromadb))
				c.check(t, node, pod, databaseOf(pod))
			})
		}
	})
}

var serverCases = []serverCase{
	{"defaults", "allowReset: false", checkDefaults},
	{"port", "serverHttpPort: 9000", checkPort},
	{"low port", "serverHttpPort: 80", func(t *testing.T, _ *kubelet.Node, pod *kubelet.Pod, _ database) {
		status, err := pod.Exec(t.Context(), "cat", "/proc/1/status")
		require.NoError(t, err)
		assert.Regexp(t, `(?m)^CapEff:\t0+$`, status, "it needs no capability for it")
	}},
	{"dual stack", "serverHost: '::'", func(t *testing.T, _ *kubelet.Node, pod *kubelet.Pod, _ database) {
		assert.Equal(t, []string{"10.244.0.10", "fd00:10:244::a"}, reachable(t, pod, "8000"))
	}},
	{"smallest volume", "data: {volumeSize: 1Mi}", func(t *testing.T, _ *kubelet.Node, _ *kubelet.Pod, d database) {
		assert.Zero(t, d.collection(t, "documents").count(t))
	}},
	{"payload", "maxPayloadSizeBytes: 1000", checkPayload},
	{"reset", "allowReset: true", func(t *testing.T, _ *kubelet.Node, _ *kubelet.Pod, d database) {
		require.NoError(t, d.collection(t, "gone").add(1))
		a := d.mustAsk(t, http.MethodPost, "/api/v2/reset", nil)
		assert.Equal(t, answer{http.StatusOK, a.header, "true"}, a)
		assert.Zero(t, d.collection(t, "gone").count(t))
	}},
	{"origins", "corsAllowOrigins: ['https://a.example', 'http://b.example:8080']", func(t *testing.T, _ *kubelet.Node, _ *kubelet.Pod, d database) {
		assert.Equal(t, "https://a.example", allowedOrigin(t, d, "https://a.example"))
		assert.Equal(t, "http://b.example:8080", allowedOrigin(t, d, "http://b.example:8080"))
		assert.Empty(t, allowedOrigin(t, d, "https://evil.example"))
	}},
	{"any origin", "corsAllowOrigins: ['*']", func(t *testing.T, _ *kubelet.Node, _ *kubelet.Pod, d database) {
		assert.Equal(t, "*", allowedOrigin(t, d, "https://evil.example"))
	}},
	{"directory", "persistDirectory: /srv/a b/chroma", func(t *testing.T, node *kubelet.Node, pod *kubelet.Pod, _ database) {
		assert.FileExists(t, filepath.Join(node.Claim(dataClaim).Path(), "chroma.sqlite3"))
		files, err := pod.Exec(t.Context(), "ls", "/srv/a b/chroma")
		require.NoError(t, err, files)
		assert.Equal(t, "chroma.sqlite3\n", files)
	}},
	{"file", "sqliteFilename: inner/other.db", func(t *testing.T, node *kubelet.Node, _ *kubelet.Pod, _ database) {
		assert.FileExists(t, filepath.Join(node.Claim(dataClaim).Path(), "inner/other.db"))
		assert.NoFileExists(t, filepath.Join(node.Claim(dataClaim).Path(), "chroma.sqlite3"))
	}},
	{"sha256", "sqliteDb: {hashType: sha256}", func(t *testing.T, node *kubelet.Node, _ *kubelet.Pod, _ database) {
		assert.Positive(t, hashes(t, node, 64))
		assert.Zero(t, hashes(t, node, 32))
	}},
	{"md5", "sqliteDb: {hashType: md5, migrationMode: apply}", func(t *testing.T, node *kubelet.Node, _ *kubelet.Pod, _ database) {
		assert.Positive(t, hashes(t, node, 32))
		assert.Zero(t, hashes(t, node, 64))
	}},
	{"no volume", "isPersistent: false", func(t *testing.T, node *kubelet.Node, pod *kubelet.Pod, d database) {
		require.NoError(t, d.collection(t, "documents").add(1))
		assert.NoDirExists(t, node.Claim(dataClaim).Path())
		stopPod(t, pod)
	}},
	{"key of its own", "allowReset: false, extraConfig: {allow_reset: true, max_payload_size_bytes: 1000}", func(t *testing.T, node *kubelet.Node, pod *kubelet.Pod, d database) {
		checkPayload(t, node, pod, d)
		assert.Equal(t, http.StatusOK, d.mustAsk(t, http.MethodPost, "/api/v2/reset", nil).status)
	}},
}

func checkDefaults(t *testing.T, node *kubelet.Node, pod *kubelet.Pod, d database) {
	t.Helper()
	assert.Equal(t, []string{"10.244.0.10"}, reachable(t, pod, "8000"))
	assert.Empty(t, allowedOrigin(t, d, "https://a.example"))
	assert.Equal(t, http.StatusForbidden, d.mustAsk(t, http.MethodPost, "/api/v2/reset", nil).status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, d.mustAsk(t, http.MethodPost, collectionsPath, make([]byte, 41943041)).status)
	assert.FileExists(t, filepath.Join(node.Claim(dataClaim).Path(), "chroma.sqlite3"))
	assert.Positive(t, hashes(t, node, 32))

	status, err := pod.Exec(t.Context(), "cat", "/proc/1/status")
	require.NoError(t, err)
	for _, line := range []string{"Uid:\t1000\t1000\t1000\t1000", "Gid:\t1000\t1000\t1000\t1000", "CapEff:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"} {
		assert.Contains(t, status, line+"\n")
	}
	said, err := pod.Exec(t.Context(), "touch", "/file")
	require.Error(t, err)
	assert.Contains(t, said, "Read-only file system")
}

func checkPort(t *testing.T, _ *kubelet.Node, pod *kubelet.Pod, _ database) {
	t.Helper()
	assert.Equal(t, []string{"10.244.0.10"}, reachable(t, pod, "9000"))
	assert.Empty(t, reachable(t, pod, "8000"))
}

func checkPayload(t *testing.T, _ *kubelet.Node, _ *kubelet.Pod, d database) {
	t.Helper()
	body := func(length int) []byte {
		return []byte(`{"name": "documents", "get_or_create": true` + strings.Repeat(" ", length-len(`{"name": "documents", "get_or_create": true`)-1) + "}")
	}
	assert.Equal(t, http.StatusOK, d.mustAsk(t, http.MethodPost, collectionsPath, body(1000)).status)
	assert.Equal(t, http.StatusRequestEntityTooLarge, d.mustAsk(t, http.MethodPost, collectionsPath, body(1001)).status)
}

// reachable are the addresses of the pod at which the server answers.
func reachable(t *testing.T, pod *kubelet.Pod, port string) []string {
	t.Helper()
	var addresses []string
	for _, address := range pod.Addresses() {
		host := address
		if strings.Contains(address, ":") {
			host = "[" + address + "]"
		}
		if a, err := (database{pod.Client(), "http://" + host + ":" + port}).ask(http.MethodGet, "/api/v2/heartbeat", nil); err == nil && a.status == http.StatusOK {
			addresses = append(addresses, address)
		}
	}
	return addresses
}

// allowedOrigin is what the server tells a browser that comes from a page of the origin.
func allowedOrigin(t *testing.T, d database, origin string) string {
	t.Helper()
	return d.mustAsk(t, http.MethodGet, "/api/v2/heartbeat", nil, "Origin", origin).header.Get("Access-Control-Allow-Origin")
}

// hashes counts the hashes of migrations in the database file that have a length.
func hashes(t *testing.T, node *kubelet.Node, length int) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(node.Claim(dataClaim).Path(), "chroma.sqlite3"))
	require.NoError(t, err)
	count := 0
	for _, hash := range regexp.MustCompile(`[0-9a-f]{32,}`).FindAllString(string(text), -1) {
		if len(hash) == length {
			count++
		}
	}
	return count
}

// stopPod ends a pod as a deletion does, and expects it to end by itself.
func stopPod(t *testing.T, pod *kubelet.Pod) {
	t.Helper()
	termination, err := pod.Stop(t.Context())
	require.NoError(t, err)
	require.False(t, termination.Killed, "the grace period was too short:\n%s", pod.Log())
}

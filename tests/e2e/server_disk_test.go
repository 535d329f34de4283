package e2e_test

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// roomy is a size that no test fills.
const roomy = 64 << 20

// A full disk refuses what it cannot keep, and keeps what was confirmed; once there is room the server goes on.
func TestDataOutlivesFullDisk(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		spec := forVersion(version, "data: {volumeSize: 64Mi}")
		node := newNode(t)
		pod := runServer(t, node, spec)
		c := databaseOf(pod).collection(t, "documents")
		// Fewer than the server moves into files of its index.
		write(t, c, 0, 300)
		leave(t, node, 128<<10)
		confirmed, full := fill(t, c, 300)
		require.Less(t, confirmed, 950)
		require.ErrorContains(t, full, "status 500: ")
		checkHealthy(t, pod)
		kill(t, pod)

		require.NoError(t, node.Claim(dataClaim).Resize(t.Context(), roomy))
		c = databaseOf(runServer(t, node, spec)).collection(t, "documents")
		c.mustHold(t, numbers(0, confirmed)...)
		write(t, c, confirmed, confirmed+written)
		c.mustHold(t, numbers(0, confirmed+written)...)
		faultsSurvived.Add(1)
	})
}

// A disk that fills while the server writes the files of an index may cost that index, since it writes them in place:
// newer servers then answer 500 to all that is asked of this collection. No answer is wrong, the documents are in the
// database file still, and the other collections live on.
func TestDiskThatFillsUnderAnIndex(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		spec := forVersion(version, "data: {volumeSize: 64Mi}")
		node := newNode(t)
		pod := runServer(t, node, spec)
		write(t, databaseOf(pod).collection(t, "others"), 0, 100)
		c := databaseOf(pod).collection(t, "documents")
		write(t, c, 0, written)
		leave(t, node, 1<<20)
		confirmed, full := fill(t, c, written)
		require.ErrorContains(t, full, "status 500: ")
		checkHealthy(t, pod)
		kill(t, pod)

		require.NoError(t, node.Claim(dataClaim).Resize(t.Context(), roomy))
		d := databaseOf(runServer(t, node, spec))
		others := d.collection(t, "others")
		others.mustHold(t, numbers(0, 100)...)
		require.NoError(t, others.add(100))
		text, err := os.ReadFile(filepath.Join(node.Claim(dataClaim).Path(), "chroma.sqlite3"))
		require.NoError(t, err)
		kept := regexp.MustCompile(`document \d+`).FindAllString(string(text), -1)
		assert.Subset(t, kept, documents(confirmed))
		c = d.collection(t, "documents")
		if a := c.query(t, 0); a.status == http.StatusOK {
			c.mustHold(t, numbers(0, confirmed)...)
		} else {
			assert.Equal(t, http.StatusInternalServerError, a.status, a.body)
			assert.Contains(t, a.body, "hnsw segment reader")
		}
		faultsSurvived.Add(1)
	})
}

// leave makes a disk so small that only some bytes are free.
func leave(t *testing.T, node *kubelet.Node, bytes int64) {
	t.Helper()
	used, err := node.Claim(dataClaim).Used()
	require.NoError(t, err)
	require.NoError(t, node.Claim(dataClaim).Resize(t.Context(), used+bytes))
}

// fill writes documents until the server refuses them. It returns the number after the last that was confirmed.
func fill(t *testing.T, c collection, first int) (confirmed int, refusal error) {
	t.Helper()
	for confirmed = first; ; confirmed += 50 {
		require.Less(t, confirmed, 100000, "the disk is not as small as it was asked to be")
		if err := c.add(numbers(confirmed, confirmed+50)...); err != nil {
			return confirmed, err
		}
	}
}

// documents are those of the numbers below one.
func documents(last int) []string {
	all := make([]string, last)
	for i := range all {
		all[i] = documentOf(i)
	}
	return all
}

// checkHealthy asks what the probes ask.
func checkHealthy(t *testing.T, pod *kubelet.Pod) {
	t.Helper()
	assert.Equal(t, http.StatusOK, databaseOf(pod).mustAsk(t, http.MethodGet, "/api/v2/healthcheck", nil).status)
}

// kill ends a server as a crash of its node would.
func kill(t *testing.T, pod *kubelet.Pod) {
	t.Helper()
	require.NoError(t, pod.Signal(t.Context(), syscall.SIGKILL))
	<-pod.Ended()
	assert.Equal(t, 128+int(syscall.SIGKILL), pod.ExitCode())
}

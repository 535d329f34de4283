package e2e_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/grpc"

	"github.com/chromafn/chroma-fn/tests/e2e/chroma"
	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// otelCollector receives traces over OTLP with gRPC, beside the server in its pod.
type otelCollector struct {
	collector.UnimplementedTraceServiceServer

	mutex sync.Mutex
	// services and spans are the names that were received; crates are where the spans come from.
	services, spans, crates []string
}

// Export takes what an exporter sends.
func (c *otelCollector) Export(_ context.Context, request *collector.ExportTraceServiceRequest) (*collector.ExportTraceServiceResponse, error) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	for _, resource := range request.GetResourceSpans() {
		for _, attribute := range resource.GetResource().GetAttributes() {
			if attribute.GetKey() == "service.name" {
				c.services = append(c.services, attribute.GetValue().GetStringValue())
			}
		}
		for _, scope := range resource.GetScopeSpans() {
			for _, span := range scope.GetSpans() {
				c.spans = append(c.spans, span.GetName())
				for _, attribute := range span.GetAttributes() {
					if attribute.GetKey() == "target" || attribute.GetKey() == "code.namespace" {
						c.crates = append(c.crates, attribute.GetValue().GetStringValue())
					}
				}
			}
		}
	}
	return &collector.ExportTraceServiceResponse{}, nil
}

func (c *otelCollector) received() (services, spans, crates []string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Clone(c.services), slices.Clone(c.spans), slices.Clone(c.crates)
}

// collectIn starts a collector in a pod.
func collectIn(t *testing.T, pod *kubelet.Pod) *otelCollector {
	t.Helper()
	listener, err := pod.Listen("127.0.0.1:4317")
	require.NoError(t, err)
	c, server := &otelCollector{}, grpc.NewServer()
	collector.RegisterTraceServiceServer(server, c)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	return c
}

const telemetryEndpoint = "telemetry: {enabled: true, endpoint: 'http://127.0.0.1:4317', serviceName: vectors"

// A collector gets the spans of the server's requests, under the name that was given to the service.
func TestServerSendsTraces(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		pod := runServer(t, newNode(t), forVersion(version, telemetryEndpoint+"}"))
		c := collectIn(t, pod)
		require.NoError(t, databaseOf(pod).collection(t, "traced").add(1))
		require.Eventually(t, func() bool {
			services, spans, _ := c.received()
			return slices.Contains(services, "vectors") && len(spans) > 0
		}, 30*time.Second, 100*time.Millisecond)
		services, spans, _ := c.received()
		slices.Sort(services)
		assert.Equal(t, []string{"vectors"}, slices.Compact(services))
		assert.Contains(t, spans, "GET /api/v2/healthcheck", "its probes are requests too")
	})
}

// A filter says how much of a crate is sent, beside the others. The oldest server knows none, as the warning says.
func TestServerFiltersTraces(t *testing.T) {
	t.Parallel()
	eachRelease(t, checkFilters)
}

func checkFilters(t *testing.T, version string) {
	t.Helper()
	spec := forVersion(version, telemetryEndpoint+", filters: [{crate_name: chroma_frontend, filter_level: error}]}")
	said := renderSpec(t, spec).said
	pod := runServer(t, newNode(t), spec)
	c := collectIn(t, pod)
	require.NoError(t, databaseOf(pod).collection(t, "traced").add(1))
	require.Eventually(t, func() bool {
		_, _, crates := c.received()
		return slices.Contains(crates, "chroma_log::log")
	}, 30*time.Second, 100*time.Millisecond)
	_, _, crates := c.received()
	if version == chroma.Oldest() {
		assert.Contains(t, said, "filters: warning: has no effect on Chroma 1.0.15; it needs 1.0.16 and newer")
		assert.Contains(t, crates, "chroma_frontend::traced_json")
	} else {
		assert.NotContains(t, said, "filters")
		assert.NotContains(t, strings.Join(crates, " "), "chroma_frontend::")
	}
}

// A collector that is not there harms nobody.
func TestServerLivesWithoutItsCollector(t *testing.T) {
	t.Parallel()
	eachRelease(t, func(t *testing.T, version string) {
		pod := runServer(t, newNode(t), forVersion(version, telemetryEndpoint+"}"))
		require.NoError(t, databaseOf(pod).collection(t, "untraced").add(1))
		assert.Equal(t, http.StatusOK, databaseOf(pod).mustAsk(t, http.MethodGet, "/api/v2/healthcheck", nil).status)
		stopPod(t, pod)
		faultsSurvived.Add(1)
	})
}

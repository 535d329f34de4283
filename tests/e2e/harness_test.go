// Package e2e_test puts what the program emits before the real programs that it is made for.
package e2e_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

// shared is the one cluster of all the tests.
var shared harness

// harness is a running cluster. The first test that asks for it starts it.
type harness struct {
	once      sync.Once
	started   error
	directory string
	cluster   *cluster.Cluster
	config    *rest.Config
	discovery discovery.DiscoveryInterface
	mapper    meta.RESTMapper
}

func TestMain(m *testing.M) {
	code := m.Run()
	fmt.Fprint(os.Stderr, closingTable())
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if err := os.RemoveAll(program.directory); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// startedHarness returns the harness once it runs.
func startedHarness(t *testing.T) *harness {
	t.Helper()
	shared.once.Do(func() { shared.started = shared.start(t.Context()) })
	require.NoError(t, shared.started)
	return &shared
}

func (h *harness) start(ctx context.Context) (err error) {
	if h.directory, err = os.MkdirTemp("", "chroma-fn-e2e-"); err != nil {
		return err
	}
	if h.cluster, err = cluster.Start(ctx, h.directory); err != nil {
		return err
	}
	h.config = h.cluster.Config()
	client, err := discovery.NewDiscoveryClientForConfig(h.config)
	if err != nil {
		return err
	}
	h.discovery = client
	h.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client))
	return nil
}

func (h *harness) stop() error {
	defer os.RemoveAll(h.directory)
	if h.cluster == nil {
		return nil
	}
	return h.cluster.Stop()
}

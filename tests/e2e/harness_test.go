// Package e2e_test puts what the program emits before the real programs that it is made for.
package e2e_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
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

// harness is a running API server, and what was done with it. The first test that asks for it starts it.
type harness struct {
	once      sync.Once
	started   error
	directory string
	cluster   *cluster.Cluster
	config    *rest.Config
	discovery discovery.DiscoveryInterface
	mapper    meta.RESTMapper
	// What TestGoldensAndExamplesAreAccepted did.
	cases, namespaces, objects, fromTemplates int
}

// What Argo CD did: the applications that it rendered, the hostile ones that it was refused, and the objects that it
// compared with those in the cluster.
var argoApplications, argoRefused, argoCompared atomic.Int64

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.cases > 0 {
		fmt.Fprintln(os.Stderr, shared.summary())
	}
	if argoApplications.Load() > 0 {
		fmt.Fprintf(os.Stderr, "%d applications rendered by Argo CD, %d hostile ones refused, %d objects compared with the cluster's\n",
			argoApplications.Load(), argoRefused.Load(), argoCompared.Load())
	}
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

// summary is the closing line of a run.
func (h *harness) summary() string {
	return fmt.Sprintf("%d objects of %d cases applied in %d namespaces, with %d pods and claims made from their templates",
		h.objects, h.cases, h.namespaces, h.fromTemplates)
}

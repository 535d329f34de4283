package cluster

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const grace = 200 * time.Millisecond

// shell runs a script as a process of a cluster.
func shell(t *testing.T, script string) *Process {
	t.Helper()
	p, err := Launch(t.TempDir(), Program{Binary: "/bin/sh", Arguments: []string{"-c", script}})
	require.NoError(t, err)
	return p
}

func TestProcessThatDiesSaysWhy(t *testing.T) {
	p := shell(t, "echo no such flag >&2; exit 3")
	<-p.ended
	assert.ErrorContains(t, p.Stop(grace), "sh ended (exit status 3): sh said:\nno such flag\n")
}

func TestStopEndsAProcess(t *testing.T) {
	assert.NoError(t, shell(t, "exec sleep 600").Stop(time.Minute))
}

func TestStopKillsAProcessThatDoesNotListen(t *testing.T) {
	p := shell(t, "trap '' TERM; echo ready; while :; do :; done")
	require.Eventually(t, func() bool { return p.Tail() != "sh said:\n" }, time.Minute, pollInterval)
	require.NoError(t, p.Stop(grace))
	assert.ErrorContains(t, p.Failure(), "signal: killed")
}

func TestLaunchOfNothingFails(t *testing.T) {
	_, err := Launch(t.TempDir(), Program{Binary: "/nowhere/etcd"})
	assert.ErrorContains(t, err, "start etcd: ")
}

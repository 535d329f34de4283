package e2e_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/argocd"
)

// argoTimeout is the limit that Argo CD sets to a request by default, in seconds.
const argoTimeout = 60

// After a change of a shared repository Argo CD refreshes all its applications at once: fifty of them fit into the
// sidecar's memory, and none waits for as long as Argo CD would wait.
func TestArgoCDRendersFiftyAtOnce(t *testing.T) {
	a := newArgo(t, copyExamples)
	limits := argoSidecar(t, "sidecar").Resources.Limits
	limit := limits.Memory().Value()
	require.NotZero(t, limit)
	group, err := argocd.LimitMemory(a.named.Process.ID(), limit)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.Stop()); assert.NoError(t, group.Remove()) })
	examples := exampleDirectories(t)
	var applications []argocd.Application
	for i := range 50 {
		application := a.application(examples[i%len(examples)], a.byName())
		application.AppName = fmt.Sprintf("application-%d", i)
		applications = append(applications, application)
	}
	answers, err := a.Generate(t.Context(), len(applications), applications...)
	require.NoError(t, err)
	slowest := 0.0
	for i, answer := range answers {
		assert.Empty(t, answer.Error, applications[i].ApplicationSource.Path)
		assert.NotEmpty(t, answer.Response.Manifests)
		slowest = max(slowest, answer.Seconds)
	}
	argoApplications.Add(int64(len(applications)))
	assert.Less(t, slowest, float64(argoTimeout))
	kills, err := group.Kills()
	require.NoError(t, err)
	assert.Zero(t, kills, "the sidecar needs more memory")
	peak, err := group.Peak()
	require.NoError(t, err)
	t.Logf("the slowest of %d took %.1f s; at most %d MiB of %d were used", len(answers), slowest, peak>>20, limit>>20)
}

const (
	argoWarmUp  = 400
	argoRenders = 1000
	// argoGrowth is twice what Go's garbage collector was seen to keep: the server's memory goes up and down by 20 MiB. A
	// leak of 70 KiB a render, about what an application and its manifests take, would exceed it.
	argoGrowth = 40 << 20
)

// A sidecar lives for months: it keeps neither memory nor files of what it has rendered.
func TestArgoCDKeepsNothing(t *testing.T) {
	a := newArgo(t, copyExamples)
	directory := argocd.Directory{Root: filepath.Join(a.repository, "examples"), Path: "quickstart"}
	render := func(count int) int64 {
		directories := make([]argocd.Directory, count)
		for i := range directories {
			directories[i] = directory
		}
		answers, err := a.GenerateBy(t.Context(), a.named, 4, directories...)
		require.NoError(t, err)
		for _, answer := range answers {
			require.Empty(t, answer.Error)
			require.Equal(t, answers[0].Response.Manifests, answer.Response.Manifests)
		}
		argoApplications.Add(int64(count))
		memory, err := argocd.ResidentMemory(a.named.Process.ID())
		require.NoError(t, err)
		return memory
	}
	before := render(argoWarmUp)
	files := countFiles(t, a.named.Temporary)
	after := render(argoRenders - argoWarmUp)
	t.Logf("cmp-server has %d MiB after %d renders, %d MiB after %d", before>>20, argoWarmUp, after>>20, argoRenders)
	assert.Less(t, after-before, int64(argoGrowth))
	left, err := os.ReadDir(filepath.Join(a.named.Temporary, "_cmp_server"))
	require.NoError(t, err)
	assert.Empty(t, left)
	assert.Equal(t, files, countFiles(t, a.named.Temporary))
}

func countFiles(t *testing.T, directory string) int {
	t.Helper()
	count := 0
	require.NoError(t, filepath.WalkDir(directory, func(string, fs.DirEntry, error) error {
		count++
		return nil
	}))
	return count
}

package cluster

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hello is a tool that builds in a second.
func hello(t *testing.T) Tool {
	t.Helper()
	t.Setenv("CHROMA_FN_CACHE", t.TempDir())
	module := t.TempDir()
	write(t, filepath.Join(module, "go.mod"), "module hello\n")
	write(t, filepath.Join(module, "main.go"), "package main\n\nfunc main() {}\n")
	return Tool{Name: "hello", Module: module, Package: "."}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}

func TestBuildHappensOnce(t *testing.T) {
	tool := hello(t)
	binaries := make([]string, 3)
	var builds sync.WaitGroup
	for i := range binaries {
		builds.Go(func() {
			binary, err := Build(t.Context(), tool)
			assert.NoError(t, err)
			binaries[i] = binary
		})
	}
	builds.Wait()
	assert.Equal(t, []string{binaries[0], binaries[0], binaries[0]}, binaries)
	before, err := os.Stat(binaries[0])
	require.NoError(t, err)
	again, err := Build(t.Context(), tool)
	require.NoError(t, err)
	after, err := os.Stat(again)
	require.NoError(t, err)
	assert.Equal(t, before.ModTime(), after.ModTime())
	assert.NoFileExists(t, again+".partial")
}

func TestBuildFollowsTheModuleAndTheFlags(t *testing.T) {
	tool := hello(t)
	first, err := Build(t.Context(), tool)
	require.NoError(t, err)
	write(t, filepath.Join(tool.Module, "go.mod"), "module hello\n\ngo 1.26\n")
	second, err := Build(t.Context(), tool)
	require.NoError(t, err)
	tool.LDFlags = "-s"
	third, err := Build(t.Context(), tool)
	require.NoError(t, err)
	assert.NotEqual(t, first, second)
	assert.NotEqual(t, second, third)
	assert.FileExists(t, first, "other checkouts may need it")
}

func TestFailedBuildSaysWhyAndLeavesNoBinary(t *testing.T) {
	tool := hello(t)
	write(t, filepath.Join(tool.Module, "main.go"), "package main\n\nfunc main() { missing() }\n")
	_, err := Build(t.Context(), tool)
	require.ErrorContains(t, err, "build hello: ")
	require.ErrorContains(t, err, "undefined: missing")
	_, err = Build(t.Context(), tool)
	assert.Error(t, err, "the second attempt must not find a binary")
}

package tests_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const image = "ghcr.io/chromafn/chroma-fn"

// Installed, the program answers under its own name and under that of docker, which runs its own image alone.
func TestInstall(t *testing.T) {
	directory := filepath.Join(t.TempDir(), "new", "bin")
	for range 2 {
		got := run(t, "", "install", directory)
		require.Zero(t, got.exit, got.stderr)
	}
	entries, err := os.ReadDir(directory)
	require.NoError(t, err)
	require.Len(t, entries, 2)
	assert.Equal(t, run(t, "", "version"), runProgram(t, filepath.Join(directory, "chroma-fn"), "..", "", "version"))

	docker := func(stdin, line string) outcome {
		return runProgram(t, filepath.Join(directory, "docker"), "..", stdin, strings.Fields(line)...)
	}
	list := readFile(t, "testdata/function/quickstart/input.yaml")
	const flags = "run --rm -i -a STDIN -a STDOUT -a STDERR --network none --user nobody --security-opt=no-new-privileges -e LOG_TO_STDERR=true "
	assert.Equal(t, run(t, list), docker(list, flags+image))
	assert.Equal(t, run(t, list), docker(list, flags+image+":latest"))
	assert.Equal(t, run(t, list).stdout, docker(list, flags+image+":v9").stdout)
	assert.Contains(t, docker(list, flags+image+":v9").stderr, "warning: the image "+image+":v9 is asked for, and chroma-fn dev runs in its place")
	assert.Equal(t, "28.0.0\n", docker("", "version --format {{.Client.Version}}").stdout)
	assert.Equal(t, run(t, "", "--help").stdout, docker("", "run --rm -i "+image+" --help").stdout)
	for line, want := range map[string]string{
		flags + "alpine":                      `the image "alpine" is refused`,
		flags + image + " render /":           `the argument "render" for the image is refused`,
		flags + "--privileged " + image:       "the flag --privileged is refused",
		"ps":                                  "only runs its own function",
		flags + "--mount type=bind " + image:  "mounts are refused",
		"run --network host --rm -i " + image: `the network "host" is refused`,
	} {
		got := docker(list, line)
		assert.Equal(t, 1, got.exit, line)
		assert.Empty(t, got.stdout)
		assert.Contains(t, got.stderr, want)
	}
}

// What is not ours is not replaced.
func TestInstallLeavesOthersAlone(t *testing.T) {
	directory := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(directory, "docker"), []byte("the real one"), 0o600))
	got := run(t, "", "install", directory)
	assert.Equal(t, 1, got.exit)
	assert.Contains(t, got.stderr, "docker is another program; choose another directory")
	assert.Equal(t, "the real one", readFile(t, filepath.Join(directory, "docker")))
	require.NoError(t, os.Remove(filepath.Join(directory, "docker")))
	require.NoError(t, os.Symlink("podman", filepath.Join(directory, "docker")))
	assert.Contains(t, run(t, "", "install", directory).stderr, "is a link to podman; remove it first")
	got = run(t, "", "install")
	assert.Equal(t, 2, got.exit)
	assert.Contains(t, got.stderr, "install takes one DIR, not 0 arguments")
}

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// --doc must say what the SDK would, except that it names the image of this build.
func TestDocIsTheSDKs(t *testing.T) {
	var got strings.Builder
	require.Zero(t, run([]string{"--doc"}, streams{out: &got, err: os.Stderr}))

	named := strings.Replace(string(catalogEntry), "image: "+imageRepository+"\n", "image: "+imageRepository+":"+buildVersion+"\n", 1)
	require.NotEqual(t, string(catalogEntry), named, "metadata.yaml names another image than the build's default")
	assert.JSONEq(t, asMain(t, "--doc", []byte(named)), got.String())
}

// --help must hold all that the SDK would say.
func TestHelpHoldsTheSDKs(t *testing.T) {
	var got strings.Builder
	require.Zero(t, run([]string{"--help"}, streams{out: &got, err: os.Stderr}))
	text, examples, found := strings.Cut(asMain(t, "--help", catalogEntry), "\n\nExamples:\n")
	require.True(t, found)
	assert.True(t, strings.HasPrefix(got.String(), text), got.String())
	assert.Contains(t, got.String(), "Examples:\n"+examples)
}

// asMain returns what the SDK prints for an argument. It knows no other streams than the process's.
func asMain(t *testing.T, argument string, metadata []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stdout")
	file, err := os.Create(path)
	require.NoError(t, err)
	args, stdout := os.Args, os.Stdout
	os.Args, os.Stdout = []string{"chroma-fn", argument}, file
	err = sdk.AsMain(nil, sdk.WithDocs([]byte(readme), metadata))
	os.Args, os.Stdout = args, stdout
	require.NoError(t, err)
	require.NoError(t, file.Close())
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(text)
}

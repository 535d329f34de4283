package cluster

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCachedIsMadeOnce(t *testing.T) {
	t.Setenv("CHROMA_FN_CACHE", t.TempDir())
	made := 0
	fill := func(directory string) error {
		made++
		write(t, filepath.Join(directory, "file"), "content")
		return nil
	}
	for range 2 {
		directory, err := Cached(t.Context(), "thing", fill)
		require.NoError(t, err)
		assert.FileExists(t, filepath.Join(directory, "file"))
	}
	assert.Equal(t, 1, made)
}

func TestCachedThatFailedIsMadeAgain(t *testing.T) {
	t.Setenv("CHROMA_FN_CACHE", t.TempDir())
	_, err := Cached(t.Context(), "thing", func(directory string) error {
		write(t, filepath.Join(directory, "half"), "")
		return errors.New("the line is broken")
	})
	require.ErrorContains(t, err, "make thing: the line is broken")
	directory, err := Cached(t.Context(), "thing", func(string) error { return nil })
	require.NoError(t, err)
	assert.NoFileExists(t, filepath.Join(directory, "half"))
}

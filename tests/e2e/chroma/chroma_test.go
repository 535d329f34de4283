package chroma

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestOtherArchiveIsRefused(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "package.tgz")
	require.NoError(t, os.WriteFile(archive, []byte("something else"), 0o600))
	assert.ErrorContains(t, Releases[0].verify(archive), "chromadb-js-bindings-linux-x64-gnu@1.0.1 is not what was pinned: ")
}

func TestUnknownServerIsRefused(t *testing.T) {
	_, err := Pull(t.Context(), "ghcr.io/chroma-core/chroma:0.6.3")
	assert.ErrorContains(t, err, "the tests have no server 0.6.3")
}

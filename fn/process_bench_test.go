package fn_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/fn"
)

// BenchmarkQuickstart renders one ChromaConfig, from the text of a ResourceList to that of another.
func BenchmarkQuickstart(b *testing.B) {
	list := []byte(`apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: []
functionConfig:
  apiVersion: chromafn.dev/v1alpha1
  kind: ChromaConfig
  metadata:
    name: chroma
`)
	for b.Loop() {
		_, err := fn.Run(bytes.NewReader(list), io.Discard, fn.Overrides{})
		require.NoError(b, err)
	}
}

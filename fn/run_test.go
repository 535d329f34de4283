package fn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/fn"
)

// counter counts how often it is written to.
type counter struct {
	strings.Builder
	writes int
}

func (c *counter) Write(text []byte) (int, error) {
	c.writes++
	return c.Builder.Write(text)
}

// A host that reads from a pipe wakes for every write.
func TestRunWritesOnce(t *testing.T) {
	out := &counter{}
	_, err := fn.Run(strings.NewReader(`apiVersion: config.kubernetes.io/v1
kind: ResourceList
items: []
functionConfig: {apiVersion: chromafn.dev/v1alpha1, kind: ChromaConfig, metadata: {name: chroma}}
`), out, fn.Overrides{})
	require.NoError(t, err)
	assert.Equal(t, 1, out.writes)
	assert.Contains(t, out.String(), "kind: StatefulSet\n")
}

package fn_test

import (
	"fmt"
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

// The copy of the function configuration that kustomize passes as an item comes back without its id; an item that is a
// file keeps it, for the sake of the file's comments.
func TestRunForgetsTheCopyOfKustomize(t *testing.T) {
	const list = `apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: chromafn.dev/v1alpha1
  kind: ChromaConfig
  metadata:
    name: chroma
    annotations:
      config.kubernetes.io/local-config: "true"
      internal.config.kubernetes.io/id: "1"
      config.k8s.io/id: "1"%s
functionConfig: {apiVersion: chromafn.dev/v1alpha1, kind: ChromaConfig, metadata: {name: chroma}}
`
	for path, kept := range map[string]bool{"": false, "\n      internal.config.kubernetes.io/path: chroma.yaml": true} {
		var out strings.Builder
		_, err := fn.Run(strings.NewReader(fmt.Sprintf(list, path)), &out, fn.Overrides{})
		require.NoError(t, err)
		assert.Contains(t, out.String(), "kind: StatefulSet\n")
		for _, id := range []string{"internal.config.kubernetes.io/id", "config.k8s.io/id"} {
			assert.Equal(t, kept, strings.Contains(out.String(), id), "%s %s", path, id)
		}
	}
}

package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/matrix"
)

// Every release at which Chroma's behaviour changes, and the one before, meets each level of each switch, and these meet
// each other: the server takes the objects without a word, pods become ready on bound claims, and a second render that is
// applied changes nothing.
func TestMatrix(t *testing.T) {
	switches := readSwitches(t)
	refused := refusedPairs(t, switches)
	cells, err := matrix.Pairwise(switches.sizes(), func(pair matrix.Pair) bool { return refused[pair] != nil })
	require.NoError(t, err)
	deployments := make([]deployment, len(cells))
	eachVersion(t, "apply", switches, cells, func(t *testing.T, i int, config map[string]any) {
		d := deployment{switches.describe(cells[i]), newSession(t), render(t, config).objects(t)}
		d.session.createNamespace(t, d.objects[0].GetNamespace(), restricted)
		d.apply(t)
		deployments[i] = d
	})
	eachVersion(t, "roll out", switches, cells, func(t *testing.T, i int, config map[string]any) {
		again := deployments[i]
		again.objects = render(t, config).objects(t)
		again.settle(t)
		cellsTried.Add(1)
	})
}

// eachVersion does something with each cell, in one subtest a version.
func eachVersion(t *testing.T, name string, f features, cells []matrix.Cell, do func(t *testing.T, cell int, config map[string]any)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		for v, release := range f[0].levels {
			t.Run(release.name, func(t *testing.T) {
				t.Parallel()
				for i, cell := range cells {
					if cell[0] == v {
						do(t, i, chromaConfig("db", fmt.Sprintf("matrix-%d", i), f.spec(t, cell)))
					}
				}
			})
		}
	})
}

package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/fn/version"
	"github.com/chromafn/chroma-fn/tests/e2e/matrix"
)

// featureSwitch is one switch of the matrix.
type featureSwitch struct {
	name   string
	levels []level
}

// level is one position of a switch: a part of the spec.
type level struct {
	name string
	spec map[string]any
}

// features are the switches of the matrix; that of the Chroma version is the first.
type features []featureSwitch

// readSwitches reads the switches and adds the one of the versions, whose plain level is the newest.
func readSwitches(t *testing.T) features {
	t.Helper()
	versions := featureSwitch{name: "version"}
	for _, release := range slices.Backward(version.Boundaries()) {
		versions.levels = append(versions.levels, level{release, map[string]any{"chromadb": map[string]any{"apiVersion": release}}})
	}
	var written []struct {
		Switch string
		// Each has one key, the name of the level.
		Levels []map[string]map[string]any
	}
	require.NoError(t, yaml.UnmarshalStrict(readFile(t, testdata+"/matrix/switches.yaml"), &written))
	all := features{versions}
	for _, w := range written {
		s := featureSwitch{name: w.Switch}
		for _, named := range w.Levels {
			for name, spec := range named {
				s.levels = append(s.levels, level{name, spec})
			}
		}
		all = append(all, s)
	}
	return all
}

// sizes are the numbers of levels.
func (f features) sizes() []int {
	sizes := make([]int, len(f))
	for i, s := range f {
		sizes[i] = len(s.levels)
	}
	return sizes
}

// spec joins the levels of a cell.
func (f features) spec(t *testing.T, cell matrix.Cell) map[string]any {
	t.Helper()
	spec := map[string]any{}
	for i, chosen := range cell {
		join(t, spec, f[i].levels[chosen].spec)
	}
	return spec
}

// describe names the levels of a cell that are not the plain ones, and the version.
func (f features) describe(cell matrix.Cell) string {
	var names []string
	for i, chosen := range cell {
		if i == 0 || chosen > 0 {
			names = append(names, f[i].name+"="+f[i].levels[chosen].name)
		}
	}
	return strings.Join(names, " ")
}

// join copies one part of a spec into another; the two set nothing in common.
func join(t *testing.T, into, from map[string]any) {
	t.Helper()
	for key, value := range from {
		section, isMap := value.(map[string]any)
		there, taken := into[key]
		switch inner, isSection := there.(map[string]any); {
		case isMap && (isSection || !taken):
			if !taken {
				inner = map[string]any{}
				into[key] = inner
			}
			join(t, inner, section)
		default:
			require.False(t, taken, "two switches set %s", key)
			into[key] = value
		}
	}
}

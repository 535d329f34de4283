package e2e_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/chromafn/chroma-fn/tests/e2e/matrix"
)

// refusal is one level and the levels of another switch with which the program refuses it in the same way.
type refusal struct {
	Level map[string]string   `json:"level"`
	With  map[string][]string `json:"with"`
	// Errors are the fields in error.
	Errors []string `json:"errors"`
}

// judgement holds the fields in error of each pair that the program refuses.
type judgement map[matrix.Pair][]string

// refusedPairs are the pairs that the program refuses when all other switches are plain. They are data: a pair that is
// refused, or that no longer is, without a word in refused.yaml fails the test.
func refusedPairs(t *testing.T, f features) judgement {
	t.Helper()
	var withVersion, others []matrix.Pair
	for _, pair := range matrix.Pairs(f.sizes()) {
		if pair[0].Switch == 0 {
			withVersion = append(withVersion, pair)
		} else {
			others = append(others, pair)
		}
	}
	refused := judgement{}
	refused.judge(t, f, withVersion, func(matrix.Pair) int { return 0 })
	refused.judge(t, f, others, func(pair matrix.Pair) int { return refused.newestWith(f, pair) })
	text, err := yaml.Marshal(refused.list(f, slices.Concat(withVersion, others)))
	require.NoError(t, err)
	golden(t, "matrix/refused.yaml", "# The pairs of levels that the program refuses, by the fields in error. Written by tests/e2e with -update.\n"+string(text))
	return refused
}

// newestWith is the newest version that takes both levels, or the newest of all where there is none.
func (refused judgement) newestWith(f features, pair matrix.Pair) int {
	for v := range f[0].levels {
		at := matrix.Choice{Level: v}
		if refused[matrix.Pair{at, pair[0]}] == nil && refused[matrix.Pair{at, pair[1]}] == nil {
			return v
		}
	}
	return 0
}

// list words the judgement for the golden.
func (refused judgement) list(f features, pairs []matrix.Pair) []*refusal {
	var list []*refusal
	known := map[string]*refusal{}
	for _, pair := range pairs {
		errors := refused[pair]
		if errors == nil {
			continue
		}
		first, second := f[pair[0].Switch], f[pair[1].Switch]
		chosen := second.levels[pair[1].Level].name
		key := fmt.Sprint(first.name, second.name, chosen, errors)
		if known[key] == nil {
			known[key] = &refusal{map[string]string{second.name: chosen}, map[string][]string{}, errors}
			list = append(list, known[key])
		}
		known[key].With[first.name] = append(known[key].With[first.name], first.levels[pair[0].Level].name)
	}
	return list
}

// pairsPerRun is how many ChromaConfigs one run of the program renders.
const pairsPerRun = 100

// judge renders each pair on a version, with all other switches plain.
func (refused judgement) judge(t *testing.T, f features, pairs []matrix.Pair, version func(matrix.Pair) int) {
	t.Helper()
	for some := range slices.Chunk(pairs, pairsPerRun) {
		pairsJudged.Add(int64(len(some)))
		directory := t.TempDir()
		for i, pair := range some {
			cell := make(matrix.Cell, len(f))
			cell[0] = version(pair)
			for _, choice := range pair {
				cell[choice.Switch] = choice.Level
			}
			text, err := yaml.Marshal(chromaConfig("db", fmt.Sprintf("pair-%d", i), f.spec(t, cell)))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(filepath.Join(directory, fmt.Sprintf("%d.yaml", i)), text, 0o600))
		}
		for i, errors := range errorsOfFiles(t, runProgram(t, nil, directory, "render", "--max-files=0", "--timeout=0", ".")) {
			refused[some[i]] = errors
		}
	}
}

// saidOfFile is an error about a numbered file: its number and the field. A warning would have that word after the field.
var saidOfFile = regexp.MustCompile(`(?m)^(\d+)\.yaml:(\S+): (warning: )?`)

// errorsOfFiles are the fields that the program said to be in error, by the number of the file.
func errorsOfFiles(t *testing.T, r rendered) map[int][]string {
	t.Helper()
	fields := map[int]map[string]bool{}
	lines := saidOfFile.FindAllStringSubmatch(r.said, -1)
	require.Len(t, lines, strings.Count(r.said, "\n"), "%s", r.said)
	for _, line := range lines {
		i, err := strconv.Atoi(line[1])
		require.NoError(t, err)
		if isError := line[3] == ""; isError && fields[i] == nil {
			fields[i] = map[string]bool{line[2]: true}
		} else if isError {
			fields[i][line[2]] = true
		}
	}
	errors := map[int][]string{}
	for i := range fields {
		errors[i] = slices.Sorted(maps.Keys(fields[i]))
	}
	return errors
}

package matrix

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestPairwiseHoldsEveryPairAndNoRefusedOne(t *testing.T) {
	levels := []int{12, 2, 3, 5, 4, 2, 3}
	never := Pair{{0, 7}, {3, 4}}
	refused := func(pair Pair) bool {
		return pair == never || pair[0].Switch == 2 && pair[0].Level == 1 && pair[1].Level == 1
	}
	cells, err := Pairwise(levels, refused)
	require.NoError(t, err)

	held := map[Pair]bool{}
	for _, cell := range cells {
		for s, level := range cell {
			assert.True(t, 0 <= level && level < levels[s], "%v", cell)
		}
		for _, pair := range cell.pairs() {
			held[pair] = true
		}
	}
	for _, pair := range Pairs(levels) {
		assert.Equal(t, !refused(pair), held[pair], "%v", pair)
	}
	assert.Less(t, len(cells), 80, "60 are the fewest there can be")
}

func TestPairwiseIsDeterministic(t *testing.T) {
	none := func(Pair) bool { return false }
	first, err := Pairwise([]int{4, 3, 3, 2}, none)
	require.NoError(t, err)
	second, err := Pairwise([]int{4, 3, 3, 2}, none)
	require.NoError(t, err)
	assert.Equal(t, first, second)
}

func TestPairwiseSaysWhatFitsNowhere(t *testing.T) {
	_, err := Pairwise([]int{1, 1, 2}, func(pair Pair) bool { return pair[1].Switch == 2 && pair[0].Switch == 0 })
	assert.ErrorContains(t, err, "no level of switch 2 goes with [0 0 -1]")
}

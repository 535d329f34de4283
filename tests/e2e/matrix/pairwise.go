// Package matrix chooses few combinations of many switches, so that each level of a switch meets each level of every
// other one.
package matrix

import "fmt"

// A Choice is one level of one switch, by their indices.
type Choice struct{ Switch, Level int }

// A Pair is two levels of different switches, that of the first switch first.
type Pair [2]Choice

// Pairs returns all pairs of levels, given the number of levels of each switch.
func Pairs(levels []int) []Pair {
	var pairs []Pair
	for a := range levels {
		for b := a + 1; b < len(levels); b++ {
			for i := range levels[a] {
				for j := range levels[b] {
					pairs = append(pairs, Pair{{a, i}, {b, j}})
				}
			}
		}
	}
	return pairs
}

// A Cell holds the level of each switch.
type Cell []int

// unset is the level of a switch that is still to be chosen.
const unset = -1

// Pairwise returns cells that hold every pair but the refused ones, and none of these. It is greedy, and the same levels
// always give the same cells. A pair that goes with no level of another switch is an error.
func Pairwise(levels []int, refused func(Pair) bool) ([]Cell, error) {
	pending := map[Pair]bool{}
	for _, pair := range Pairs(levels) {
		pending[pair] = !refused(pair)
	}
	var cells []Cell
	for _, pair := range Pairs(levels) {
		if !pending[pair] {
			continue
		}
		cell, err := cellWith(pair, levels, pending, refused)
		if err != nil {
			return nil, err
		}
		for _, covered := range cell.pairs() {
			pending[covered] = false
		}
		cells = append(cells, cell)
	}
	return cells, nil
}

// cellWith makes a cell that holds the pair, and beside it as many pending ones as it finds, switch by switch.
func cellWith(pair Pair, levels []int, pending map[Pair]bool, refused func(Pair) bool) (Cell, error) {
	cell := make(Cell, len(levels))
	for s := range cell {
		cell[s] = unset
	}
	for _, choice := range pair {
		cell[choice.Switch] = choice.Level
	}
	for s := range cell {
		if cell[s] != unset {
			continue
		}
		best := unset
		for level, most := 0, unset; level < levels[s]; level++ {
			if gain, fits := cell.gain(Choice{s, level}, pending, refused); fits && gain > most {
				best, most = level, gain
			}
		}
		if best == unset {
			return nil, fmt.Errorf("no level of switch %d goes with %v, of which %v is wanted", s, cell, pair)
		}
		cell[s] = best
	}
	return cell, nil
}

// gain counts the pending pairs that a choice would add to the cell. It does not fit if one that it adds is refused.
func (c Cell) gain(choice Choice, pending map[Pair]bool, refused func(Pair) bool) (gain int, fits bool) {
	for s, level := range c {
		if level == unset {
			continue
		}
		pair := Pair{{s, level}, choice}
		if choice.Switch < s {
			pair[0], pair[1] = pair[1], pair[0]
		}
		if refused(pair) {
			return 0, false
		}
		if pending[pair] {
			gain++
		}
	}
	return gain, true
}

// pairs are all pairs of levels in the cell.
func (c Cell) pairs() []Pair {
	var pairs []Pair
	for a := range c {
		for b := a + 1; b < len(c); b++ {
			pairs = append(pairs, Pair{{a, c[a]}, {b, c[b]}})
		}
	}
	return pairs
}

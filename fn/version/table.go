package version

import (
	"fmt"
	"maps"
	"slices"

	"github.com/Masterminds/semver/v3"
)

// A Fact is one row of the table of capabilities, worded for a reader.
type Fact struct {
	// Capability is the name of a field of Capabilities.
	Capability string
	// Value is what the field holds for these versions.
	Value string
	// Since is the first release of the row, and Before the first one after it, empty where there is none.
	Since, Before string
	// Versions words the releases of the row, such as "0.4.23 to 0.6.3".
	Versions string
	// Why says what goes wrong without knowing this.
	Why string
	// Source is where it is written upstream, or how it was observed.
	Source string
}

// Facts returns the whole table of capabilities, in the order of the fields of Capabilities.
func Facts() []Fact {
	rows := make([]Fact, len(facts))
	for i, f := range facts {
		rows[i] = Fact{f.field, fmt.Sprint(f.value), f.since, f.before, between(f.since, f.before), f.why, f.source}
	}
	return rows
}

// Boundaries returns the versions at which the tables change and the release just below each, in ascending order: the
// first and the last one of all that behave alike.
func Boundaries() []string {
	at := map[string]bool{oldest: true, newestReviewed: true}
	for _, f := range facts {
		at[f.since], at[f.before] = true, true
	}
	for _, key := range ConfigKeys {
		at[key.Since], at[key.Before] = true, true
	}
	delete(at, "")
	boundaries := slices.Collect(maps.Keys(at))
	for version := range at {
		if version != oldest {
			boundaries = append(boundaries, lastBefore(version))
		}
	}
	slices.SortFunc(boundaries, func(a, b string) int { return semver.MustParse(a).Compare(semver.MustParse(b)) })
	return slices.Compact(boundaries)
}

// NeverReleased returns the versions between Oldest and Newest that upstream never tagged, in ascending order.
func NeverReleased() []string {
	return slices.Clone(neverReleased)
}

package version

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFactsAreComplete(t *testing.T) {
	capabilities := reflect.TypeFor[Capabilities]()
	seen := map[string]bool{}
	last := 0
	for _, fact := range Facts() {
		field, known := capabilities.FieldByName(fact.Capability)
		require.True(t, known, "%s is no field of Capabilities", fact.Capability)
		assert.GreaterOrEqual(t, field.Index[0], last, "%s is out of the order of Capabilities", fact.Capability)
		last = field.Index[0]
		seen[fact.Capability] = true
		for column, text := range map[string]string{"value": fact.Value, "versions": fact.Versions, "why": fact.Why, "source": fact.Source} {
			assert.NotEmpty(t, text, "%s has no %s", fact.Capability, column)
		}
	}
	for _, field := range reflect.VisibleFields(capabilities) {
		if field.Name != "Version" && field.Name != "Standing" {
			assert.True(t, seen[field.Name], "%s is in no row, so that no version has it", field.Name)
		}
	}
}

// What the table shows is what the program goes by, also where a range begins or ends: of two rows that both hold
// there the later one would win unnoticed.
func TestFactsAreTheCapabilities(t *testing.T) {
	for _, release := range turningPoints() {
		caps, err := For(release)
		require.NoError(t, err)
		for i, row := range Facts() {
			if facts[i].covers(semver.MustParse(release)) {
				value := reflect.ValueOf(caps).FieldByName(row.Capability).Interface()
				assert.Equal(t, row.Value, fmt.Sprint(value), "%s of %s", row.Capability, release)
			}
		}
	}
}

// turningPoints are all releases at which a row begins or ends.
func turningPoints() []string {
	var releases []string
	for _, f := range facts {
		releases = append(releases, f.since)
		if f.before != "" {
			releases = append(releases, f.before)
		}
	}
	slices.Sort(releases)
	return slices.Compact(releases)
}

func TestBoundaries(t *testing.T) {
	boundaries := Boundaries()
	assert.Equal(t, Oldest, boundaries[0])
	assert.Equal(t, Newest, boundaries[len(boundaries)-1])
	assert.Subset(t, boundaries, turningPoints())
	assert.Subset(t, boundaries, []string{"0.4.22", "0.4.24", lastPython, "1.0.10"}, "the last release of a row is one too")
}

func TestNeverReleased(t *testing.T) {
	versions := NeverReleased()
	require.NotEmpty(t, versions)
	previous := semver.MustParse(Oldest)
	for _, text := range versions {
		v := semver.MustParse(text)
		assert.True(t, v.GreaterThan(previous), "%s is out of order or older than the table", text)
		previous = v
		caps, err := For(text)
		require.NoError(t, err)
		assert.Equal(t, Unreleased, caps.Standing, "%s", text)
	}

	versions[0] = "changed"
	assert.NotEqual(t, "changed", NeverReleased()[0], "a caller must get a copy of the table")
}

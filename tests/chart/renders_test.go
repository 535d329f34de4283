package chart_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// anyKey and anyRole stand for whatever comes at their place in the table of differences.
const (
	anyKey  = "*"
	anyRole = "*"
)

// intended is an entry of the table of differences: a place at which our render may differ from Helm's, why, and, as
// narrowly as the reason allows, how.
type intended struct {
	// Objects are the roles; "*" stands for every object.
	Objects []string `json:"objects"`
	// Path leads to the value; "*" stands for any one key.
	Path keys `json:"path"`
	// How is removed (Helm only), added (ours only) or changed.
	How string `json:"how"`
	// Versions bounds the Chroma versions, such as "<1.0.0".
	Versions string `json:"versions"`
	// Cases lists the renders where the difference comes from their values; empty stands for all.
	Cases []string `json:"cases"`
	// Helm is the chart's value; absent stands for any.
	Helm any `json:"helm"`
	// Ours is our value; absent stands for any.
	Ours any `json:"ours"`
	// Reason says in a sentence why we differ.
	Reason string `json:"reason"`
}

func (i intended) covers(t *testing.T, c renderCase, d difference) bool {
	t.Helper()
	return i.How == d.how &&
		(slices.Equal(i.Objects, []string{anyRole}) || slices.Contains(i.Objects, d.role)) &&
		slices.EqualFunc(i.Path, d.path, func(pattern, key string) bool { return pattern == anyKey || pattern == key }) &&
		(len(i.Cases) == 0 || slices.Contains(i.Cases, c.name)) &&
		(i.Versions == "" || within(t, i.Versions, c.version)) &&
		(i.Helm == nil || assert.ObjectsAreEqual(c.fill(i.Helm), c.fill(d.before))) &&
		(i.Ours == nil || assert.ObjectsAreEqual(c.fill(i.Ours), c.fill(d.after)))
}

// renderCase is a values file with what the placeholders of the table stand for.
type renderCase struct {
	name, fullname, version, port string
}

func newRenderCase(name string, values map[string]any, ours output) renderCase {
	fullname, _ := ours.value("StatefulSet", at("metadata", "name"))
	c := renderCase{name: name, fullname: fullname.(string), version: "1.5.3", port: "8000"}
	chromadb, _ := values["chromadb"].(map[string]any)
	if version, set := chromadb["apiVersion"]; set {
		c.version = version.(string)
	}
	if port, set := chromadb["serverHttpPort"]; set {
		c.port = fmt.Sprint(port)
	}
	return c
}

// fill replaces the placeholders in a value, and writes a number that is the port as the placeholder would be.
func (c renderCase) fill(value any) any {
	switch value := value.(type) {
	case string:
		return strings.NewReplacer("{fullname}", c.fullname, "{version}", c.version, "{port}", c.port).Replace(value)
	case float64:
		if fmt.Sprint(value) == c.port {
			return c.port
		}
		return value
	case []any:
		filled := make([]any, len(value))
		for i, item := range value {
			filled[i] = c.fill(item)
		}
		return filled
	case map[string]any:
		filled := map[string]any{}
		for key, item := range value {
			filled[key] = c.fill(item)
		}
		return filled
	default:
		return value
	}
}

func within(t *testing.T, bounds, version string) bool {
	t.Helper()
	constraint, err := semver.NewConstraint(bounds)
	require.NoError(t, err)
	return constraint.Check(semver.MustParse(version))
}

// TestRendersLikeHelm pastes values files under spec and holds the render against Helm's of the same values: where
// they differ, the table of differences must say so, and whatever the table says must be met at least once.
func TestRendersLikeHelm(t *testing.T) {
	table := readIntended(t)
	expected := readExpectations(t)
	cases := renderCases(t)
	require.Len(t, cases, 40)
	require.Len(t, expected, len(cases), "the expectations name a case that is not there, or lack one")
	used := make([]bool, len(table))
	for _, name := range cases {
		t.Run(name, func(t *testing.T) {
			values := parse(t, readFile(t, "renders", name, "values.yaml"))
			ours := renderValues(t, values)
			if hasError(expected[name]) {
				require.Empty(t, ours.objects)
				requireResults(t, expected[name], ours.results)
				return
			}
			ours.requireRendered(t)
			helm := parseObjects(t, readFile(t, "renders", name, "rendered.yaml"))
			c := newRenderCase(name, values, ours)
			for _, d := range compare(helm, ours.objects) {
				entries := findIntended(t, table, c, d)
				assert.Len(t, entries, 1, "exactly one entry of the table must name the difference %s", d)
				for _, i := range entries {
					used[i] = true
				}
			}
			require.Contains(t, expected, name)
			requireResults(t, expected[name], ours.results)
		})
	}
	for i, entry := range table {
		assert.True(t, used[i], "no render has this difference, remove it: %+v", entry)
	}
}

// findIntended returns the positions of all entries that name the difference.
func findIntended(t *testing.T, table []intended, c renderCase, d difference) []int {
	t.Helper()
	var found []int
	for i, entry := range table {
		if entry.covers(t, c, d) {
			found = append(found, i)
		}
	}
	return found
}

func renderCases(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join("testdata", "renders"))
	require.NoError(t, err)
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func readIntended(t *testing.T) []intended {
	t.Helper()
	var table []intended
	readInto(t, &table, "differences.yaml")
	for _, entry := range table {
		require.NotEmpty(t, entry.Objects, "%+v", entry)
		require.NotEmpty(t, entry.Reason, "%+v", entry)
		require.Contains(t, []string{removed, added, changed}, entry.How, "%+v", entry)
	}
	return table
}

// readExpectations reads which results each case has; an error among them is a refusal.
func readExpectations(t *testing.T) map[string][]said {
	t.Helper()
	expected := map[string][]said{}
	readInto(t, &expected, "expectations.yaml")
	return expected
}

package tests_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/fn/version"
)

// Every row of the version table, just below and at its boundary: what a version gets of the things that differ.
func TestVersionGolden(t *testing.T) {
	var said strings.Builder
	for _, v := range version.Boundaries() {
		for _, auth := range []string{"enabled: false", "existingSecret: s", "existingSecret: s, type: basic"} {
			spec := "{chromadb: {apiVersion: " + v + ", serverHttpPort: 9000, corsAllowOrigins: [https://a.example], telemetry: {enabled: true, endpoint: 'http://otel:4317'}, auth: {" + auth + "}}}"
			list := process(t, spec)
			fmt.Fprintf(&said, "## %s {%s}\n", v, auth)
			for _, result := range list.Results {
				fmt.Fprintf(&said, "%s %s\n", result.Severity, result.Field.Path)
			}
			if !list.Failed() {
				describeVersion(t, &said, list.Items)
			}
		}
	}
	golden(t, "testdata/versions.golden", said.String())
}

// describeVersion writes what differs from version to version.
func describeVersion(t *testing.T, to *strings.Builder, o objects) {
	t.Helper()
	for _, part := range []string{"command", "env", "envFrom", "volumeMounts"} {
		if text := o.container(t, part); text != "" {
			fmt.Fprintf(to, "%s: %s\n", part, oneLine(text))
		}
	}
	fmt.Fprintf(to, "probes: %s %s\n", o.container(t, "livenessProbe", "httpGet", "path"), o.container(t, "readinessProbe", "httpGet", "path"))
	for _, node := range o {
		if node.GetKind() == "ConfigMap" {
			fmt.Fprintf(to, "%s: %s\n", node.GetName(), oneLine(lookup(t, node, "data")))
		}
	}
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}

// No version between two boundaries differs from the one below it.
func TestVersionsBetweenBoundaries(t *testing.T) {
	for _, pair := range [][2]string{{"0.4.16", "0.4.20"}, {"0.5.2", "0.5.14"}, {"0.5.17", "0.6.1"}, {"1.0.2", "1.0.4"}, {"1.0.17", "1.0.20"}} {
		lower, err := version.For(pair[0])
		require.NoError(t, err)
		upper, err := version.For(pair[1])
		require.NoError(t, err)
		upper.Version = lower.Version
		assert.Equal(t, lower, upper)
	}
}

// The seven ways in which a version is written that libraries disagree about.
func TestSpellingsOfVersions(t *testing.T) {
	for spelling, want := range map[string]error{
		"1.0.0":        nil,
		"1.0.0-rc.1":   nil,
		"1.0.0+build5": nil,
		"1.0":          version.ErrNotSemantic,
		"1.0.0.dev3":   version.ErrNotSemantic,
		"latest":       version.ErrNotSemantic,
		"0.4.2":        version.ErrTooOld,
	} {
		caps, err := version.For(spelling)
		require.ErrorIs(t, err, want, spelling)
		assert.Equal(t, want == nil, caps.ReadsConfigFile, "%s is a pre-release of, or is, 1.0.0", spelling)
	}
}

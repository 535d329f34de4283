package main

import (
	"fmt"
	"strings"

	"github.com/chromafn/chroma-fn/fn/version"
)

const versionsIntro = `# Chroma versions

What each Chroma server can do, and so which objects it is given. Everything that depends on the version follows from
these tables.

- Oldest version served: %s.
- Newest version known: %s. A newer one is accepted with a warning and treated like it.
- Never released, so that the image may not exist: %s. They are accepted with a warning.
- A pre-release counts as the release that it precedes: 1.5.10-rc1 is treated like 1.5.10.

## Capabilities

A capability that has no row for a version is not there. [capabilities.go](capabilities.go) says what each one means. A
source such as ` + "`0.4.3:chromadb/config.py`" + ` is a tag and a file of
[chroma-core/chroma](https://github.com/chroma-core/chroma).

`

const configKeysIntro = `
## Configuration keys

The keys that a single server reads from its configuration file, from 1.0.0 on. ` + "`chromadb.extraConfig`" + ` may hold
them, except for those that would move the server or hide its data, which are refused. A value of another type makes the
server panic at its start; a key that it does not know it ignores.

`

// versions is the page of what each Chroma version can do.
func versions() string {
	return banner +
		fmt.Sprintf(versionsIntro, version.Oldest, version.Newest, strings.Join(version.NeverReleased(), ", ")) +
		factTable(version.Facts()) +
		configKeysIntro +
		configKeyTable(version.ConfigKeys)
}

func factTable(facts []version.Fact) string {
	rows := make([][]string, len(facts))
	for i, f := range facts {
		rows[i] = []string{code(f.Capability), code(f.Value), f.Versions, prose(f.Why), prose(f.Source)}
	}
	return table([]string{"Capability", "Value", "Chroma versions", "Why it matters", "Source"}, rows)
}

func configKeyTable(keys []version.ConfigKey) string {
	rows := make([][]string, len(keys))
	for i, k := range keys {
		rows[i] = []string{code(k.Path), configKeyType(k), k.Support()}
	}
	return table([]string{"Key", "Type", "Chroma versions"}, rows)
}

// configKeyType words the type of a configuration key with all that limits its value.
func configKeyType(k version.ConfigKey) string {
	text := string(k.Type)
	if len(k.Values) > 0 {
		text += ": " + strings.Join(codes(k.Values), " or ")
	}
	if k.Max > 0 {
		text += fmt.Sprintf(" up to %d", k.Max)
	}
	if k.Nullable {
		text += ", or null"
	}
	return text
}

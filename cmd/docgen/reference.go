package main

import (
	"io/fs"
	"reflect"
	"slices"
	"strings"

	"github.com/chromafn/chroma-fn/fn/config"
)

const referenceIntro = `# ChromaConfig reference

` + "`spec`" + ` takes the values of the Helm chart, key for key; the keys below are relative to it, but for those of
` + "`metadata`" + `. Booleans may also be written as the strings true and false in any case, integers as strings of digits, and
the allowed words of a key in any case. ` + "`null`" + ` means the default, as if the key were left out, unless the key says otherwise.

The column Chroma names the server versions that heed the key; set on another version, it is reported. It is empty
where a key only holds the keys below it. The [table of versions](../version/VERSIONS.md) says what changed when.
`

// section is a heading of the reference with the keys below it.
type section struct {
	title, text string
	keys        []key
}

// reference is the page of all keys of ChromaConfig, from the sources of package config.
func reference(sources fs.FS) (string, error) {
	docs, err := parseComments(sources)
	if err != nil {
		return "", err
	}
	metadata, err := docs.keysOf(reflect.TypeFor[config.Metadata](), place{path: "metadata"})
	if err != nil {
		return "", err
	}
	spec, err := docs.keysOf(reflect.TypeFor[config.Spec](), place{defaults: reflect.ValueOf(config.DefaultSpec())})
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(banner + referenceIntro)
	for _, s := range sections(metadata, current(spec)) {
		b.WriteString("\n## " + s.title + "\n\n" + s.text + "\n\n" + keyTable(s.keys))
	}
	b.WriteString(olderNames(spec))
	return b.String(), nil
}

// sections parts the keys: those that are not in a section of spec come first.
func sections(metadata, spec []key) []section {
	general := section{title: "General", text: "The name of the resource, and the keys of `spec` that belong to no section.", keys: metadata}
	var named []section
	for i, k := range spec {
		top, _, _ := strings.Cut(k.path, ".")
		isSection := i+1 < len(spec) && strings.HasPrefix(spec[i+1].path, k.path+".")
		switch last := len(named) - 1; {
		case top == k.path && isSection:
			named = append(named, section{title: code(k.path), text: prose(k.meaning)})
		case last >= 0 && code(top) == named[last].title:
			named[last].keys = append(named[last].keys, k)
		default:
			general.keys = append(general.keys, k)
		}
	}
	return append([]section{general}, named...)
}

// current leaves out the older names.
func current(keys []key) []key {
	return slices.DeleteFunc(slices.Clone(keys), func(k key) bool { return k.instead != "" })
}

func keyTable(keys []key) string {
	rows := make([][]string, len(keys))
	for i, k := range keys {
		rows[i] = []string{code(k.path), k.typ, code(k.byDefault), k.chroma, prose(k.meaning)}
	}
	return table([]string{"Key", "Type", "Default", "Chroma", "Meaning"}, rows)
}

// olderNames is the section of the keys that are accepted for the sake of old values files.
func olderNames(keys []key) string {
	var rows [][]string
	for _, k := range keys {
		if k.instead != "" {
			rows = append(rows, []string{code(k.path), k.typ, prose(k.meaning), prose(k.instead)})
		}
	}
	return "\n## Older names\n\nStill read, with a warning. A key set under its older and its newer name at once is an error.\n\n" +
		table([]string{"Key", "Type", "Meaning", "Instead"}, rows)
}

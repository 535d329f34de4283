// Package schema is the JSON Schema of a ChromaConfig, for editors and other tools. It is generated from the types and
// the doc comments of package config, which a compiled program no longer has, by cmd/docgen.
package schema

import _ "embed" // embed fills document.

//go:embed chromaconfig.schema.json
var document string

// JSON returns the JSON Schema (draft-07) of a ChromaConfig.
func JSON() []byte {
	return []byte(document)
}

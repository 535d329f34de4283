package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"sigs.k8s.io/yaml"
)

// The function's own page and its entry in a catalog of functions.
var (
	//go:embed README.md
	readme string
	//go:embed metadata.yaml
	catalogEntry []byte
)

// documentation is what --doc prints. The form is that of the kpt functions SDK, whose own code for it is internal and
// reads os.Args; a test compares the two.
type documentation struct {
	Short    string `json:"short"`
	Long     string `json:"long"`
	Examples string `json:"examples"`
	metadata
}

// metadata is the content of metadata.yaml.
type metadata struct {
	Image              string   `json:"image"`
	Description        string   `json:"description"`
	Tags               []string `json:"tags"`
	SourceURL          string   `json:"sourceURL"`
	ExamplePackageURLs []string `json:"examplePackageURLs"`
	License            string   `json:"license"`
	Hidden             bool     `json:"hidden"`
}

// section is the text of the README between two marks of mdtogo.
func section(name string) string {
	_, after, _ := strings.Cut(readme, "<!--mdtogo:"+name+"-->")
	text, _, _ := strings.Cut(after, "<!--mdtogo-->")
	return strings.TrimSpace(text)
}

// printDocumentation is --doc.
func printDocumentation(out io.Writer) error {
	doc := documentation{Short: section("Short"), Long: section("Long"), Examples: section("Examples")}
	if err := yaml.UnmarshalStrict(catalogEntry, &doc.metadata); err != nil {
		return fmt.Errorf("read metadata.yaml: %w", err)
	}
	doc.Image = imageRepository + ":" + buildVersion
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(doc)
}

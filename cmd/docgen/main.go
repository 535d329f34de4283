// Command docgen writes the reference pages and the JSON Schema from the types of ChromaConfig and the tables of Chroma
// versions, so that they cannot say something else than the program does. Run it from the root of the repository:
//
//	go run ./cmd/docgen
package main

import (
	"fmt"
	"io/fs"
	"os"
)

// The generated pages, from the root of the repository.
const (
	referencePage = "fn/config/REFERENCE.md"
	versionsPage  = "fn/version/VERSIONS.md"
	schemaFile    = "fn/schema/chromaconfig.schema.json"
)

func main() {
	if err := run("."); err != nil {
		fmt.Fprintf(os.Stderr, "docgen: %v\n", err)
		os.Exit(1)
	}
}

// run writes all pages below the root of the repository.
func run(root string) error {
	directory, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("opening the repository: %w", err)
	}
	defer directory.Close()
	texts, err := pages(directory.FS())
	if err != nil {
		return err
	}
	for name, text := range texts {
		if err := directory.WriteFile(name, []byte(text), 0o644); err != nil {
			return fmt.Errorf("writing a page: %w", err)
		}
	}
	return nil
}

// pages returns the text of every page by its path, from the sources of the repository.
func pages(repository fs.FS) (map[string]string, error) {
	sources, err := fs.Sub(repository, "fn/config")
	if err != nil {
		return nil, fmt.Errorf("finding the sources of fn/config: %w", err)
	}
	keys, err := reference(sources)
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", referencePage, err)
	}
	schema, err := schemaDocument(sources)
	if err != nil {
		return nil, fmt.Errorf("making %s: %w", schemaFile, err)
	}
	return map[string]string{referencePage: keys, versionsPage: versions(), schemaFile: schema}, nil
}

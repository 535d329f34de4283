package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/chromafn/chroma-fn/fn/schema"
)

func newSchemaCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of a ChromaConfig, for editors",
		Long: `Schema prints the JSON Schema (draft-07) of a ChromaConfig. An editor with the YAML language
server completes, explains and checks a file whose first line names it:

  # yaml-language-server: $schema=chromaconfig.schema.json`,
		Example: "  chroma-fn schema > chromaconfig.schema.json",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			if _, err := s.out.Write(schema.JSON()); err != nil {
				return fmt.Errorf("writing the schema: %w", err)
			}
			return nil
		},
	}
}

package main

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/chromafn/chroma-fn/fn/version"
)

// What the build says of itself; `make build` sets both with -ldflags -X.
var (
	buildVersion    = "dev"
	imageRepository = "ghcr.io/chromafn/chroma-fn"
)

func newVersionCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, the image and the Chroma versions served",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(s.out, "chroma-fn %s\nimage: %s:%s\nChroma: %s to %s\nGo: %s %s/%s\n",
				buildVersion, imageRepository, buildVersion, version.Oldest, version.Newest, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

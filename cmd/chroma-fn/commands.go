package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/spf13/cobra"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/source"
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// errReported says that everything there is to say is on standard error already.
var errReported = errors.New("reported")

// usageError is a mistake in the arguments.
type usageError struct{ error }

func newRootCommand(s streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "chroma-fn",
		Short: "Kubernetes objects for the Chroma vector database, from a ChromaConfig",
		Long: `chroma-fn renders ChromaConfig resources to the Kubernetes objects of a Chroma vector database.

Without arguments it is a KRM function: it reads a ResourceList on standard input and writes
it to standard output, as kustomize and kpt ask of a function.`,
		Args:          usageArgs(cobra.NoArgs),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(*cobra.Command, []string) error {
			return runFunction(s)
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newRenderCommand(s), newVersionCommand(s))
	return root
}

// usageArgs makes a complaint about the arguments a usageError.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &usageError{err}
		}
		return nil
	}
}

// runFunction is the KRM function.
func runFunction(s streams) error {
	if isTerminal(s.in) {
		return &usageError{errors.New("standard input is a terminal, not a ResourceList; to render a ChromaConfig use: chroma-fn render FILE")}
	}
	list, err := fn.Run(s.in, s.out)
	if err != nil {
		return err
	}
	return report(s, list)
}

// isTerminal reports whether somebody would have to type the input.
func isTerminal(in io.Reader) bool {
	file, isFile := in.(*os.File)
	if !isFile {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && file.Name() != os.DevNull
}

// report prints errors and warnings, a line each, and returns errReported where there is an error.
func report(s streams, list *fn.ResourceList) error {
	for _, result := range list.Results {
		if result.Severity != sdk.Info {
			fmt.Fprintln(s.err, fn.Line(result))
		}
	}
	if list.Failed() {
		return errReported
	}
	return nil
}

func newRenderCommand(s streams) *cobra.Command {
	var directory string
	cmd := &cobra.Command{
		Use:   "render FILE|DIR|-",
		Short: "Render the ChromaConfigs of a file or directory to manifests",
		Long: `Render reads the Kubernetes objects of a YAML file, of all YAML files of a directory, or of
standard input (-), and prints the manifests of every ChromaConfig among them. Other objects
are passed on; ChromaConfigs and objects annotated config.kubernetes.io/local-config are not.

Errors and warnings go to standard error as FILE:FIELD: MESSAGE. The exit code is 0, or 1 after
an error, when nothing is printed, or 2 after wrong usage.`,
		Example: "  chroma-fn render examples/quickstart | kubectl apply -f -",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("render takes one FILE, DIR or -, not %d arguments", len(args))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			return runRender(s, args[0], directory)
		},
	}
	cmd.Flags().StringVarP(&directory, "output", "o", "", "write one file an object into this new or empty directory instead of standard output")
	return cmd
}

func runRender(s streams, path, directory string) error {
	list, err := source.Render(path, s.in)
	if err != nil {
		return err
	}
	if err := report(s, list); err != nil {
		return err
	}
	if directory != "" {
		return source.WriteDir(directory, list.Items)
	}
	return source.Write(s.out, list.Items)
}

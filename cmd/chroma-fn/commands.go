package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/source"
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
	// handover is what a build of ours passed to this process, which is one of its functions.
	handover source.Handover
}

// errReported says that everything there is to say is on standard error already.
var errReported = errors.New("reported")

// usageError is a mistake in the arguments.
type usageError struct{ error }

func newRootCommand(s streams) *cobra.Command {
	var doc bool
	root := &cobra.Command{
		Use:           "chroma-fn",
		Short:         section("Short"),
		Long:          section("Short") + "\n\n" + section("Long"),
		Example:       section("Examples"),
		Args:          usageArgs(cobra.NoArgs),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(*cobra.Command, []string) error {
			if doc {
				return printDocumentation(s.out)
			}
			return runFunction(s)
		},
	}
	root.Flags().BoolVar(&doc, "doc", false, "print the function's documentation as JSON, for catalogs")
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	root.AddCommand(newRenderCommand(s), newSchemaCommand(s), newInstallCommand(), newPluginCommand(s), newVersionCommand(s))
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
	list, err := fn.Run(s.in, s.out, s.handover.Overrides)
	if err != nil {
		return err
	}
	s.handover.Locate(list.Results)
	return report(s, list, false)
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

// report prints errors, then warnings, and where asked what was decided for the user, one line each. It returns
// errReported where there is an error.
func report(s streams, list *fn.ResourceList, verbose bool) error {
	for _, severity := range []sdk.Severity{sdk.Error, sdk.Warning, sdk.Info} {
		for _, result := range list.Results {
			if result.Severity == severity && (severity != sdk.Info || verbose) {
				fmt.Fprintln(s.err, fn.Line(result))
			}
		}
	}
	if list.Failed() {
		return errReported
	}
	return nil
}

// reportRendering prints what there is to say of a rendering.
func reportRendering(s streams, r *source.Rendering, verbose bool) error {
	if r.Notes != "" {
		fmt.Fprintln(s.err, r.Notes)
	}
	return report(s, r.ResourceList, verbose)
}

func newRenderCommand(s streams) *cobra.Command {
	options := source.Options{Stdin: s.in, ImageRepository: imageRepository, Version: buildVersion, Limits: source.DefaultLimits()}
	var directory string
	var verbose bool
	cmd := &cobra.Command{
		Use:   "render FILE|DIR|-",
		Short: "Render the ChromaConfigs of a file or directory to manifests",
		Long: `Render reads the Kubernetes objects of a YAML file, of all YAML files of a directory, or of
standard input (-), and prints the manifests of every ChromaConfig among them. Other objects
are passed on; ChromaConfigs and objects annotated config.kubernetes.io/local-config are not.

A directory with a kustomization.yaml is built as kustomize builds it, and one with a Kptfile as
kpt renders it, in this process and without Docker: functions that name the image of chroma-fn
are run by chroma-fn itself, all others are refused, and so are programs, plugins and files
outside of the root, and unless they are allowed remote bases and Helm charts.

Errors and warnings go to standard error as FILE:FIELD: MESSAGE. The exit code is 0, or 1 after
an error, when nothing is printed, or 2 after wrong usage.`,
		Example: "  chroma-fn render examples/quickstart | kubectl apply -f -",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return &usageError{fmt.Errorf("render takes one FILE, DIR or -, not %d arguments", len(args))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			options.Path = args[0]
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return runRender(ctx, s, options, directory, verbose)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&options.Root, "root", "", "read nothing outside of this directory (default: the Git work tree around the path, else the working directory, else the path's own)")
	flags.BoolVarP(&verbose, "verbose", "v", false, "also say what was decided for you, such as the version where none is named")
	flags.BoolVarP(&options.Recursive, "recursive", "r", false, "read the directories below a directory of plain YAML too")
	flags.StringVarP(&directory, "output", "o", "", "write one file per object into this new or empty directory instead of standard output")
	addBounds(flags, &options)
	return cmd
}

// addBounds adds the flags that bound what a source may do and cost.
func addBounds(flags *pflag.FlagSet, o *source.Options) {
	flags.BoolVar(&o.AllowRemote, "allow-remote", false, "let a kustomization fetch bases and files, by git and HTTP")
	flags.BoolVar(&o.AllowHelm, "allow-helm", false, "let a kustomization inflate Helm charts, with the program helm")
	flags.IntVar(&o.Limits.Files, "max-files", o.Limits.Files, "read at most this many files; 0 is no limit")
	flags.Int64Var(&o.Limits.FileBytes, "max-file-bytes", o.Limits.FileBytes, "read no file of more bytes; 0 is no limit")
	flags.Int64Var(&o.Limits.Bytes, "max-bytes", o.Limits.Bytes, "read no more bytes in all; 0 is no limit")
	flags.IntVar(&o.Limits.Nodes, "max-nodes", o.Limits.Nodes, "read no file of more YAML values, aliases followed; 0 is no limit")
	flags.DurationVar(&o.Limits.Duration, "timeout", o.Limits.Duration, "give up after this time; 0 is no limit")
}

func runRender(ctx context.Context, s streams, options source.Options, directory string, verbose bool) error {
	rendering, err := source.Render(ctx, options)
	if err != nil {
		return err
	}
	if err := reportRendering(s, rendering, verbose); err != nil {
		return err
	}
	if directory != "" {
		return rendering.WriteDir(directory)
	}
	return rendering.Write(s.out)
}

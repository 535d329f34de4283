package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	argocdplugin "github.com/chromafn/chroma-fn/argocd-plugin"
	"github.com/chromafn/chroma-fn/fn/source"
)

// pluginPrefix starts the environment variables that stand for the flags of the plugin's commands: they are the
// operator's, for Argo CD puts another prefix before those of an application.
const pluginPrefix = "CHROMA_FN_"

func newPluginCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cmp",
		Short: "Commands of the Argo CD config management plugin",
		Long: `Cmp holds the commands that Argo CD's cmp-server runs in the directory of an application. Each flag
can also be set by an environment variable of the sidecar, such as CHROMA_FN_ALLOW_REMOTE=true.`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		pluginCommand(s, "discover", "Print something where the application holds a ChromaConfig that generate renders", discover),
		pluginCommand(s, "generate", "Print the manifests of the application", generate),
		pluginCommand(s, "parameters", "Print the parameters of the application for Argo CD's user interface", parameters),
	)
	return cmd
}

// pluginCommand makes a command of the plugin. What it says of an error begins with what is to be mended: Argo CD shows
// it after words of its own.
func pluginCommand(s streams, name, short string, run func(context.Context, streams, argocdplugin.Plugin) error) *cobra.Command {
	options := source.Options{ImageRepository: imageRepository, Version: buildVersion, Limits: source.DefaultLimits()}
	var parallel int
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := readVariables(cmd.Flags()); err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if parallel < 1 {
				parallel = runtime.GOMAXPROCS(0)
			}
			release, err := argocdplugin.Slot(ctx, parallel)
			if err != nil {
				return err
			}
			defer release()
			err = run(ctx, s, argocdplugin.Plugin{Options: options, Environment: os.Getenv})
			if err != nil && !errors.Is(err, errReported) {
				fmt.Fprintln(s.err, err)
				return errReported
			}
			return err
		},
	}
	addBounds(cmd.Flags(), &options)
	cmd.Flags().IntVar(&parallel, "parallel", 0, "let at most this many commands of the plugin work at the same time; 0 is one for each CPU")
	return cmd
}

// readVariables sets the flags that were not given from the environment.
func readVariables(flags *pflag.FlagSet) (err error) {
	flags.VisitAll(func(flag *pflag.Flag) {
		name := pluginPrefix + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
		if value := os.Getenv(name); value != "" && !flag.Changed && err == nil {
			if problem := flags.Set(flag.Name, value); problem != nil {
				err = &usageError{fmt.Errorf("%s: %w", name, problem)}
			}
		}
	})
	return err
}

func discover(ctx context.Context, s streams, plugin argocdplugin.Plugin) error {
	if plugin.Discover(ctx) {
		fmt.Fprintln(s.out, "chroma-fn")
	}
	return nil
}

func generate(ctx context.Context, s streams, plugin argocdplugin.Plugin) error {
	rendering, err := plugin.Generate(ctx)
	if err != nil {
		return err
	}
	if err := reportRendering(s, rendering, false); err != nil {
		return err
	}
	return rendering.Write(s.out)
}

func parameters(ctx context.Context, s streams, plugin argocdplugin.Plugin) error {
	announcements, err := plugin.Parameters(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(s.out).Encode(announcements)
}

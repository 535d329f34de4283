// Package argocdplugin is what an Argo CD config management plugin runs: it stands between the environment in which
// Argo CD's cmp-server runs a plugin's commands and package source.
//
// The environment is that of Argo CD 2.4 to 3.x: see its manual, "Config Management Plugins".
package argocdplugin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/source"
)

// Plugin is one call of the plugin for an application. The zero value of its options renders nothing.
type Plugin struct {
	// Options are how the application's directory is read; the plugin fills in Path, Root, Recursive and Overrides.
	Options source.Options
	// Environment looks up a variable, as os.Getenv does.
	Environment func(name string) string
}

// recursiveVariable is set by the application, as CHROMA_FN_RECURSIVE in its plugin.env: Argo CD adds the prefix.
const recursiveVariable = "ARGOCD_ENV_CHROMA_FN_RECURSIVE"

// options completes the options for the directory of the application, in which Argo CD starts the command.
func (p Plugin) options() (source.Options, error) {
	o := p.Options
	o.Path = "."
	switch recursive := p.Environment(recursiveVariable); recursive {
	case "", "false":
	case "true":
		o.Recursive = true
	default:
		return o, fmt.Errorf("plugin.env CHROMA_FN_RECURSIVE: must be true or false, not %q", recursive)
	}
	working, err := os.Getwd()
	if err != nil {
		return o, err
	}
	o.Root = checkout(working)
	return o, nil
}

// workDirectory is the directory below which cmp-server makes one for each request, with a copy of the repository
// (Argo CD, common.DefaultCMPWorkDirName).
const workDirectory = "_cmp_server"

// checkout is the copy of the repository that a directory lies in, beside which lie those of other requests. It is empty,
// which leaves it to package source to find out, where cmp-server did not make it.
func checkout(directory string) string {
	for at := directory; at != filepath.Dir(at); at = filepath.Dir(at) {
		if filepath.Base(filepath.Dir(at)) == workDirectory {
			return at
		}
	}
	return ""
}

// Discover reports whether the application's directory holds a ChromaConfig that Generate would render. What cannot be
// read is no ChromaConfig: the plugin is asked about every application of the instance.
func (p Plugin) Discover(ctx context.Context) bool {
	configs, err := p.find(ctx)
	return err == nil && len(configs) > 0
}

// find returns the ChromaConfigs of the application.
func (p Plugin) find(ctx context.Context) ([]*yaml.RNode, error) {
	o, err := p.options()
	if err != nil {
		return nil, err
	}
	return source.Find(ctx, o)
}

// Generate renders the application, with its parameters over its ChromaConfig.
func (p Plugin) Generate(ctx context.Context) (*source.Rendering, error) {
	o, err := p.options()
	if err != nil {
		return nil, err
	}
	if o.Overrides, err = overrides(p.Environment(parametersVariable)); err != nil {
		return nil, err
	}
	hasOverrides := len(o.Overrides.Settings) > 0 || o.Overrides.Config != ""
	if hasOverrides {
		if err := p.checkUnambiguous(ctx, o.Overrides.Config); err != nil {
			return nil, err
		}
	}
	rendering, err := source.Render(ctx, o)
	if err != nil {
		return nil, relative(err, o.Root)
	}
	for _, result := range rendering.Results {
		if result.File != nil && result.File.Path == o.Path {
			result.File = nil
		}
	}
	if !rendering.Failed() && hasOverrides {
		return rendering, checkTarget(o.Overrides.Config, rendering.Owners())
	}
	return rendering, nil
}

// checkUnambiguous refuses parameters that would reach several ChromaConfigs of the same name.
func (p Plugin) checkUnambiguous(ctx context.Context, name string) error {
	configs, err := p.find(ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, c := range configs {
		if full := c.GetNamespace() + "/" + c.GetName(); name == "" || c.GetName() == name || full == name {
			names = append(names, strings.TrimPrefix(full, "/"))
		}
	}
	if len(names) < 2 {
		return nil
	}
	list := strings.Join(names, ", ")
	if name == "" {
		return fmt.Errorf("parameter %s: is required, for the application holds several ChromaConfigs; write one of: %s", configParameter, list)
	}
	return fmt.Errorf("parameter %s: %q stands for several ChromaConfigs; write one of: %s, and give those of the same name different ones", configParameter, name, list)
}

// checkTarget refuses parameters for one ChromaConfig that would reach another, or none.
func checkTarget(config string, owners []string) error {
	names := make([]string, len(owners))
	for i, owner := range owners {
		names[i] = strings.TrimPrefix(owner, "/")
	}
	list := strings.Join(names, ", ")
	isMeant := func(name string) bool { return name == config || strings.HasSuffix(name, "/"+config) }
	switch {
	case config == "" && len(names) > 1:
		return fmt.Errorf("parameter %s: is required, for the application holds several ChromaConfigs; write one of: %s", configParameter, list)
	case config != "" && !slices.ContainsFunc(names, isMeant):
		return fmt.Errorf("parameter %s: no ChromaConfig %q is rendered; write one of: %s", configParameter, config, list)
	default:
		return nil
	}
}

// relative takes the directory of the checkout out of an error: it is another one for each request, and long. That it
// is about the directory of the application goes without saying.
func relative(err error, root string) error {
	text := strings.TrimPrefix(err.Error(), ".: ")
	if root != "" {
		text = strings.NewReplacer(root+"/", "", root, "the repository", filepath.Dir(root)+"/", "../").Replace(text)
	}
	return errors.New(text)
}

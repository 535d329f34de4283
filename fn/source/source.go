// Package source turns a file or a directory into manifests: plain YAML, a kustomization, or a kpt package. It is the
// only package under fn that touches the file system.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	sdk "github.com/kptdev/krm-functions-sdk/go/fn"
	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
)

// Stdin is the path that stands for standard input.
const Stdin = "-"

// Options are how a source is read.
type Options struct {
	// Path is a YAML file, a directory, or Stdin. A kustomization.yaml or a Kptfile stands for its directory.
	Path string
	// Stdin is what Stdin stands for.
	Stdin io.Reader
	// Root is the directory outside of which nothing is read. Where it is empty, it is the Git work tree around the
	// path, else the working directory if the path lies in it, else the path's own directory.
	Root string
	// Recursive reads the directories below a directory of plain YAML too.
	Recursive bool
	// ImageRepository is the container image whose functions this program runs itself.
	ImageRepository string
	// Version is the version of this program, with which an image is compared.
	Version string
	// AllowRemote lets a kustomization fetch bases and files by git and HTTP.
	AllowRemote bool
	// AllowHelm lets a kustomization inflate Helm charts with the program helm.
	AllowHelm bool
	// Overrides are laid over the ChromaConfigs.
	Overrides fn.Overrides
	// Limits bound what is read.
	Limits Limits
}

// Limits bound what a source may cost. Zero means no limit.
type Limits struct {
	// Files is how many files are read.
	Files int
	// FileBytes is how large a file may be.
	FileBytes int64
	// Bytes is how much is read in all.
	Bytes int64
	// Nodes is how many YAML values a file may hold once its aliases are followed.
	Nodes int
	// Duration is how long it may take.
	Duration time.Duration
}

// DefaultLimits are far above what a real configuration needs.
func DefaultLimits() Limits {
	return Limits{Files: 5000, FileBytes: 10 << 20, Bytes: 32 << 20, Nodes: 500_000, Duration: 2 * time.Minute}
}

// Rendering is what a source yields: the manifests, those of others included, and the results.
type Rendering struct {
	*fn.ResourceList
	// Notes are what the functions of a kustomization said, one line each.
	Notes string
	// text is the manifests as kustomize writes them, where it made them.
	text []byte
}

// Render renders the ChromaConfigs of a source. Where a result is an error there are no items. The error says what
// could not be read or is refused, or that the context or the time has ended.
func Render(ctx context.Context, o Options) (*Rendering, error) {
	return bounded(ctx, o, func(g *guard) (*Rendering, error) { return g.render(o) })
}

// bounded reads a source under a guard, and no longer than the context and the limits allow.
func bounded[T any](ctx context.Context, o Options, read func(*guard) (T, error)) (T, error) {
	var none T
	if o.Limits.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, o.Limits.Duration, fmt.Errorf("it takes longer than the limit of %s", o.Limits.Duration))
		defer cancel()
	}
	g, err := newGuard(o)
	if err != nil {
		return none, err
	}
	defer g.end()
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if problem := recover(); problem != nil {
				done <- outcome{err: fmt.Errorf("internal error, please report it: %v", problem)}
			}
		}()
		value, err := read(g)
		done <- outcome{value, err}
	}()
	select {
	case <-ctx.Done():
		return none, fmt.Errorf("%s: %w", o.Path, context.Cause(ctx))
	case end := <-done:
		return end.value, end.err
	}
}

// render tells what a source is and renders it.
func (g *guard) render(o Options) (*Rendering, error) {
	if o.Path == Stdin {
		text, err := g.readWithin(o.Stdin, Stdin)
		if err != nil {
			return nil, err
		}
		items, err := decode(text, Stdin)
		return o.renderItems(items, err)
	}
	info, err := os.Stat(o.Path)
	if err != nil {
		return nil, err
	}
	directory, marker := o.Path, ""
	if info.IsDir() {
		marker, err = findMarker(directory)
	} else if base := filepath.Base(o.Path); slices.Contains(markers, base) {
		directory, marker = filepath.Dir(o.Path), base
	}
	switch {
	case err != nil:
		return nil, err
	case marker == kptfile:
		list, err := g.kptPackage(o, directory)
		return o.finish(&Rendering{ResourceList: list}, err)
	case marker != "":
		return o.finish(g.kustomization(o, filepath.Join(directory, marker)))
	default:
		items, err := g.plain(o, info.IsDir())
		return o.renderItems(items, err)
	}
}

const kptfile = "Kptfile"

// markers are the files that make a directory something else than a heap of plain objects.
var markers = []string{"kustomization.yaml", "kustomization.yml", "Kustomization", kptfile}

// findMarker finds the file that tells what a directory is; empty for plain YAML.
func findMarker(directory string) (string, error) {
	found := ""
	for _, name := range markers {
		if _, err := os.Stat(filepath.Join(directory, name)); err != nil {
			continue
		}
		if found != "" {
			return "", fmt.Errorf("%s holds both %s and %s; name the one that is meant", directory, found, name)
		}
		found = name
	}
	return found, nil
}

// renderItems renders objects that were read as they are.
func (o Options) renderItems(items []*yaml.RNode, err error) (*Rendering, error) {
	if err != nil {
		return nil, err
	}
	list := &fn.ResourceList{Items: items, Overrides: o.Overrides}
	if err := fn.Process(list); err != nil {
		return nil, err
	}
	return o.finish(&Rendering{ResourceList: list}, nil)
}

var errNothing = errors.New("nothing was rendered: no object is left that is for a cluster")

// finish leaves out what is not for a cluster.
func (o Options) finish(r *Rendering, err error) (*Rendering, error) {
	if err != nil {
		return nil, err
	}
	if r.Failed() {
		r.Items = nil
		o.locate(r.Results)
		return r, nil
	}
	r.Items = slices.DeleteFunc(r.Items, isLocal)
	if len(r.Items) == 0 {
		return nil, fmt.Errorf("%s: %w", o.Path, errNothing)
	}
	for _, item := range r.Items {
		if err := forgetFile(item); err != nil {
			return nil, fmt.Errorf("clean %s/%s: %w", item.GetKind(), item.GetName(), err)
		}
	}
	return r, nil
}

// Owners are the ChromaConfigs whose objects the manifests hold, as NAMESPACE/NAME or /NAME, each once and in order.
func (r *Rendering) Owners() []string {
	owners := map[string]bool{}
	for _, item := range r.Items {
		if owner := item.GetAnnotations()[fn.OwnerAnnotation]; owner != "" {
			owners[owner] = true
		}
	}
	return slices.Sorted(maps.Keys(owners))
}

// locate gives the path to results that are about no single object and no parameter.
func (o Options) locate(results sdk.Results) {
	for _, result := range results {
		if result.File == nil && result.ResourceRef == nil && result.Field == nil {
			result.File = &sdk.File{Path: o.Path}
		}
	}
}

// isLocal reports whether an object is not for the cluster.
func isLocal(item *yaml.RNode) bool {
	local, set := item.GetAnnotations()[fn.LocalConfigAnnotation]
	return config.Is(item) || set && local != "false"
}

// forgetFile removes the annotations that tell where an object was read.
func forgetFile(item *yaml.RNode) error {
	for _, key := range []string{kioutil.PathAnnotation, kioutil.IndexAnnotation} {
		if err := item.PipeE(yaml.ClearAnnotation(key)); err != nil {
			return err
		}
	}
	return yaml.ClearEmptyAnnotations(item)
}

package argocd

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// An Answer is what became of a request: a response, or the gRPC error that the user of Argo CD sees.
type Answer[Response any] struct {
	Response Response
	Error    string
	Code     string
	Seconds  float64
}

// Manifests are the response to a request for manifests, be it the server's or a plugin's.
type Manifests struct {
	Manifests  []string
	SourceType string
	Revision   string
}

// Details are what the user interface shows of an application.
type Details struct {
	Type   string
	Plugin struct{ ParametersAnnouncement []Parameter }
}

// Announcements are a plugin's answer when it is asked for its parameters.
type Announcements struct{ ParameterAnnouncements []Parameter }

// Parameter is one that a plugin announces.
type Parameter struct {
	Name, Title, Tooltip, ItemType, CollectionType, String string
	Required                                               bool
	Array                                                  []string
	Map                                                    map[string]string
}

// Match is a plugin's answer when it is asked whether it wants an application.
type Match struct{ IsSupported, IsDiscoveryEnabled bool }

// Application is one as Argo CD's controller asks its repo-server for it.
type Application struct {
	Repo              Repository `json:"repo"`
	Revision          string     `json:"revision"`
	AppName           string     `json:"appName"`
	Namespace         string     `json:"namespace"`
	ProjectName       string     `json:"projectName"`
	ApplicationSource Source     `json:"applicationSource"`
	KubeVersion       string     `json:"kubeVersion"`
	APIVersions       []string   `json:"apiVersions"`
	AppLabelKey       string     `json:"appLabelKey"`
	TrackingMethod    string     `json:"trackingMethod"`
	NoCache           bool       `json:"noCache"`
	// KustomizeOptions are those of the instance.
	KustomizeOptions *KustomizeOptions `json:"kustomizeOptions,omitempty"`
}

// KustomizeOptions are what argocd-cm says of kustomize.
type KustomizeOptions struct {
	BuildOptions string
}

// Query is an application as the user interface asks for its details.
type Query struct {
	Repo    Repository `json:"repo"`
	AppName string     `json:"appName"`
	Source  Source     `json:"source"`
	NoCache bool       `json:"noCache"`
}

// Repository is where a repository is.
type Repository struct {
	Repo string `json:"repo"`
}

// Source is an Application's spec.source.
type Source struct {
	RepoURL        string        `json:"repoURL"`
	Path           string        `json:"path"`
	TargetRevision string        `json:"targetRevision"`
	Plugin         *SourcePlugin `json:"plugin,omitempty"`
}

// SourcePlugin names a plugin, and says what to pass to it.
type SourcePlugin struct {
	Name       string            `json:"name,omitempty"`
	Parameters []SourceParameter `json:"parameters,omitempty"`
}

// SourceParameter is a parameter's value.
type SourceParameter struct {
	Name   string            `json:"name"`
	String *string           `json:"string,omitempty"`
	Array  []string          `json:"array,omitempty"`
	Map    map[string]string `json:"map,omitempty"`
}

// Directory is an application that is sent straight to a plugin.
type Directory struct {
	// Root is what is sent, Path the application's directory below it.
	Root string   `json:"root"`
	Path string   `json:"path"`
	Env  []string `json:"env,omitempty"`
}

// Sync is one sync of an application's objects, and the comparison that follows it.
type Sync struct {
	// Apply are the objects that are applied, Compare what a later render wants them to be.
	Apply   []*unstructured.Unstructured `json:"apply"`
	Compare []*unstructured.Unstructured `json:"compare"`
	// ServerSideApply is the sync option of that name; with it Argo CD compares by a structured merge.
	ServerSideApply bool `json:"serverSideApply"`
	// ServerSideDiff is the compare option of that name.
	ServerSideDiff bool `json:"serverSideDiff"`
}

// Comparison is what Argo CD would show as OutOfSync.
type Comparison struct {
	Compared  int
	OutOfSync []Difference
}

// Difference is an object as it is, and as Argo CD would have it.
type Difference struct {
	Object          string
	Live, Predicted json.RawMessage
}

// Generate asks the repo-server for the manifests of applications, so many at once.
func (i *Instance) Generate(ctx context.Context, parallel int, applications ...Application) ([]Answer[Manifests], error) {
	return call[Manifests](ctx, i, "repo-generate", i.address, parallel, applications)
}

// Details asks the repo-server for what the user interface shows.
func (i *Instance) Details(ctx context.Context, query Query) (Answer[Details], error) {
	return first(call[Details](ctx, i, "repo-details", i.address, 1, []Query{query}))
}

// GenerateBy asks a plugin itself for the manifests of directories, so many at once.
func (i *Instance) GenerateBy(ctx context.Context, plugin *Plugin, parallel int, directories ...Directory) ([]Answer[Manifests], error) {
	return call[Manifests](ctx, i, "plugin-generate", plugin.Socket, parallel, directories)
}

// Matches asks a plugin whether it wants a directory.
func (i *Instance) Matches(ctx context.Context, plugin *Plugin, directory Directory) (Answer[Match], error) {
	return first(call[Match](ctx, i, "plugin-match", plugin.Socket, 1, []Directory{directory}))
}

// Announced asks a plugin for the parameters of a directory.
func (i *Instance) Announced(ctx context.Context, plugin *Plugin, directory Directory) (Answer[Announcements], error) {
	return first(call[Announcements](ctx, i, "plugin-parameters", plugin.Socket, 1, []Directory{directory}))
}

// Sync applies objects to the cluster of a kubeconfig as Argo CD's controller does, and compares.
func (i *Instance) Sync(ctx context.Context, kubeconfig string, parallel int, syncs ...Sync) ([]Answer[Comparison], error) {
	return call[Comparison](ctx, i, "sync", kubeconfig, parallel, syncs)
}

// Check reads a resource of Argo CD as strictly as its API server does, and returns its kind.
func (i *Instance) Check(ctx context.Context, resource json.RawMessage) (Answer[string], error) {
	return first(call[string](ctx, i, "check", "", 1, []json.RawMessage{resource}))
}

func first[Response any](answers []Answer[Response], err error) (Answer[Response], error) {
	if err != nil {
		return Answer[Response]{}, err
	}
	return answers[0], nil
}

// call sends requests through the client of tools/argocd.
func call[Response, Request any](ctx context.Context, i *Instance, method, address string, parallel int, requests []Request) ([]Answer[Response], error) {
	var stdin, stdout, stderr bytes.Buffer
	encoder := json.NewEncoder(&stdin)
	for _, request := range requests {
		if err := encoder.Encode(request); err != nil {
			return nil, err
		}
	}
	command := exec.CommandContext(ctx, filepath.Join(i.binaries, "argocd"), method, address, "--parallel", strconv.Itoa(parallel))
	command.Stdin, command.Stdout, command.Stderr = &stdin, &stdout, &stderr
	// Below HOME the client keeps what kinds a cluster has.
	command.Env = []string{"HOME=" + i.directory, "TMPDIR=" + i.directory}
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("call %s: %w\n%s", method, err, stderr.String())
	}
	var answers []Answer[Response]
	if err := json.Unmarshal(stdout.Bytes(), &answers); err != nil {
		return nil, fmt.Errorf("call %s: %w", method, err)
	}
	if len(answers) != len(requests) {
		return nil, fmt.Errorf("call %s: %d answers to %d requests", method, len(answers), len(requests))
	}
	return answers, nil
}

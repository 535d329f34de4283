package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/argocd"
	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

const (
	argoNamespace  = "vector-db"
	argoTrackingID = "argocd.argoproj.io/tracking-id"
)

// argo is an Argo CD with our plugin in its two variants, and a git repository.
type argo struct {
	*argocd.Instance
	named, discovered *argocd.Plugin
	program           string
	// repository is the directory of the git repository, revision its last commit.
	repository, revision string
}

// newArgo starts Argo CD and gives its repository a commit of what fill writes.
func newArgo(t *testing.T, fill func(t *testing.T, repository string)) *argo {
	t.Helper()
	directory, err := os.MkdirTemp("", "argocd-") //nolint:usetesting // a socket's path must be short, and t.TempDir's names the test
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(directory)) })
	a := &argo{program: builtProgram(t), repository: filepath.Join(directory, "repository")}
	a.Instance, err = argocd.Start(t.Context(), directory)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, a.Stop()) })
	image := filepath.Join(directory, "image")
	makeImage(t, image)
	a.named, a.discovered = a.startPlugin(t, "sidecar", image), a.startPlugin(t, "sidecar-with-discovery", image)
	require.NoError(t, os.Mkdir(a.repository, 0o755))
	fill(t, a.repository)
	a.commit(t)
	return a
}

// makeImage makes a directory with what the image of chroma-fn holds.
func makeImage(t *testing.T, directory string) {
	t.Helper()
	program := readFile(t, builtProgram(t))
	for name, text := range map[string][]byte{
		"usr/local/bin/chroma-fn":                                  program,
		"home/argocd/cmp-server/config/plugin.yaml":                readFile(t, filepath.Join(imageRoot, "argocd-plugin/plugin.yaml")),
		"home/argocd/cmp-server/config-with-discovery/plugin.yaml": readFile(t, filepath.Join(imageRoot, "argocd-plugin/plugin-with-discovery.yaml")),
	} {
		path := filepath.Join(directory, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		imageWrite(t, path, string(text), 0o755)
	}
	require.NoError(t, os.Symlink("chroma-fn", filepath.Join(directory, "usr/local/bin/docker")))
}

// startPlugin runs the sidecar of an installation.
func (a *argo) startPlugin(t *testing.T, component, image string) *argocd.Plugin {
	t.Helper()
	sidecar := argocd.Sidecar{Container: argoSidecar(t, component), Image: image, Path: "/usr/local/bin"}
	plugin, err := a.StartPlugin(t.Context(), sidecar)
	require.NoError(t, err)
	return plugin
}

func (a *argo) commit(t *testing.T) {
	t.Helper()
	var err error
	a.revision, err = argocd.Commit(t.Context(), a.repository)
	require.NoError(t, err)
}

// application is an Application of a directory of the repository; without a plugin it is discovered.
func (a *argo) application(path string, plugin *argocd.SourcePlugin) argocd.Application {
	repository := "file://" + a.repository
	return argocd.Application{
		Repo:              argocd.Repository{Repo: repository},
		Revision:          a.revision,
		AppName:           strings.ReplaceAll(path, "/", "-"),
		Namespace:         argoNamespace,
		ProjectName:       "default",
		ApplicationSource: argocd.Source{RepoURL: repository, Path: path, TargetRevision: a.revision, Plugin: plugin},
		KubeVersion:       strings.TrimPrefix(cluster.KubernetesVersion, "v"),
		APIVersions:       []string{"v1", "apps/v1"},
		// Argo CD 3 sets both; the label is used by another method of tracking only.
		AppLabelKey:    "app.kubernetes.io/instance",
		TrackingMethod: "annotation",
	}
}

// byName is the plugin as an Application names it.
func (a *argo) byName(parameters ...argocd.SourceParameter) *argocd.SourcePlugin {
	return &argocd.SourcePlugin{Name: a.named.Name, Parameters: parameters}
}

// generate asks for the manifests of one application, as a refresh does.
func (a *argo) generate(t *testing.T, application argocd.Application) argocd.Answer[argocd.Manifests] {
	t.Helper()
	answers, err := a.Generate(t.Context(), 1, application)
	require.NoError(t, err)
	if answers[0].Error == "" {
		argoApplications.Add(1)
	}
	return answers[0]
}

// must is generate where an error is a failure.
func (a *argo) must(t *testing.T, application argocd.Application) argocd.Manifests {
	t.Helper()
	answer := a.generate(t, application)
	require.Empty(t, answer.Error)
	return answer.Response
}

// render is what chroma-fn render gives for a directory of the repository.
func (a *argo) render(t *testing.T, path string) map[string]any {
	t.Helper()
	objects := objectsOf(t, runHost(t, a.repository, os.Environ(), a.program, "render", path))
	require.NotEmpty(t, objects)
	return objects
}

// objects are the objects of manifests, as objectsOf has them, without the mark of their Application.
func (a *argo) objects(t *testing.T, manifests argocd.Manifests) map[string]any {
	t.Helper()
	for i, manifest := range manifests.Manifests {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(manifest), &object))
		metadata, _ := object["metadata"].(map[string]any)
		annotations, _ := metadata["annotations"].(map[string]any)
		assert.Contains(t, annotations, argoTrackingID, "Argo CD does not track it")
		delete(annotations, argoTrackingID)
		if len(annotations) == 0 {
			delete(metadata, "annotations")
		}
		text, err := json.Marshal(object)
		require.NoError(t, err)
		manifests.Manifests[i] = string(text)
	}
	return objectsOf(t, strings.Join(manifests.Manifests, "\n---\n"))
}

// exampleDirectories are the directories of examples that are rendered as they are, or their overlays.
func exampleDirectories(t *testing.T) []string {
	t.Helper()
	var directories []string
	paths, err := filepath.Glob(filepath.Join(imageRoot, "examples", "*"))
	require.NoError(t, err)
	for _, path := range paths {
		overlays, err := filepath.Glob(filepath.Join(path, "overlays", "*"))
		require.NoError(t, err)
		if len(overlays) == 0 {
			overlays = []string{path}
		}
		for _, directory := range overlays {
			relative, err := filepath.Rel(imageRoot, directory)
			require.NoError(t, err)
			directories = append(directories, relative)
		}
	}
	require.NotEmpty(t, directories)
	return directories
}

// copyExamples fills a repository with the examples.
func copyExamples(t *testing.T, repository string) {
	t.Helper()
	require.NoError(t, os.CopyFS(filepath.Join(repository, "examples"), os.DirFS(filepath.Join(imageRoot, "examples"))))
}

// writeIn writes a file of a repository.
func writeIn(t *testing.T, repository, name, text string) {
	t.Helper()
	path := filepath.Join(repository, name)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	imageWrite(t, path, text, 0o644)
}

package e2e_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/chromafn/chroma-fn/tests/e2e/argocd"
)

// argoErrorPrefix ends what Argo CD says before an error of a plugin.
const argoErrorPrefix = " failed exit status 1: "

// argoQuickstart is the example quickstart with another spec.
func argoQuickstart(t *testing.T, spec string) string {
	t.Helper()
	text := plainExamples(t)["quickstart"]
	require.Contains(t, text, "spec: {}")
	return strings.Replace(text, "spec: {}", "spec: "+spec, 1)
}

// The user interface shows what can be set, with the value it has in the application.
func TestArgoCDShowsParameters(t *testing.T) {
	a := newArgo(t, copyExamples)
	for example, want := range map[string]string{"examples/production": "1.5.9", "examples/from-values": ""} {
		for way, plugin := range map[string]*argocd.SourcePlugin{"named": a.byName(), "discovered": nil} {
			application := a.application(example, plugin)
			query := argocd.Query{Repo: application.Repo, AppName: application.AppName, Source: application.ApplicationSource}
			details, err := a.Details(t.Context(), query)
			require.NoError(t, err)
			require.Empty(t, details.Error)
			assert.Equal(t, "Plugin", details.Response.Type, way)
			announced := map[string]argocd.Parameter{}
			for _, parameter := range details.Response.Plugin.ParametersAnnouncement {
				announced[parameter.Name] = parameter
			}
			version := announced["chromadb.apiVersion"]
			assert.NotEmpty(t, version.Title)
			assert.NotEmpty(t, version.Tooltip)
			assert.Equal(t, "string", version.CollectionType)
			if want != "" {
				assert.Equal(t, want, version.String)
				assert.Equal(t, []string{"https://app.example.com"}, announced["chromadb.corsAllowOrigins"].Array)
			}
			assert.Equal(t, "map", announced["nodeSelector"].CollectionType)
		}
	}
}

// A parameter counts as if it stood in the ChromaConfig, whatever its type.
func TestArgoCDParametersOverride(t *testing.T) {
	const wanted = "{chromadb: {apiVersion: 1.5.8, corsAllowOrigins: [https://a.example.com, https://b.example.com]}, nodeSelector: {disk: ssd}}"
	a := newArgo(t, func(t *testing.T, repository string) {
		writeIn(t, repository, "given/chroma.yaml", argoQuickstart(t, "{chromadb: {apiVersion: 1.5.9}}"))
		writeIn(t, repository, "wanted/chroma.yaml", argoQuickstart(t, wanted))
	})
	parameters := []argocd.SourceParameter{
		{Name: "chromadb.apiVersion", String: new("1.5.8")},
		{Name: "chromadb.corsAllowOrigins", Array: []string{"https://a.example.com", "https://b.example.com"}},
		{Name: "nodeSelector", Map: map[string]string{"disk": "ssd"}},
	}
	discovered := &argocd.SourcePlugin{Parameters: parameters}
	for way, plugin := range map[string]*argocd.SourcePlugin{"named": a.byName(parameters...), "discovered": discovered} {
		assert.Equal(t, a.render(t, "wanted"), a.objects(t, a.must(t, a.application("given", plugin))), way)
	}
}

// What the user interface shows, sent back as it is, changes nothing.
func TestArgoCDParametersAreDefaults(t *testing.T) {
	a := newArgo(t, copyExamples)
	for _, example := range []string{"quickstart", "production", "from-values"} {
		announced, err := a.Announced(t.Context(), a.named, argocd.Directory{Root: a.repository, Path: "examples/" + example})
		require.NoError(t, err)
		require.Empty(t, announced.Error)
		var parameters []argocd.SourceParameter
		for _, p := range announced.Response.ParameterAnnouncements {
			if p.String != "" || p.Array != nil || p.Map != nil {
				value := argocd.SourceParameter{Name: p.Name, Array: p.Array, Map: maps.Clone(p.Map)}
				if p.CollectionType == "string" {
					value.String = new(p.String)
				}
				parameters = append(parameters, value)
			}
		}
		require.NotEmpty(t, parameters)
		path := "examples/" + example
		assert.Equal(t, a.render(t, path), a.objects(t, a.must(t, a.application(path, a.byName(parameters...)))), example)
	}
}

// The error that the user of Argo CD sees says first what to mend: the field or the parameter.
func TestArgoCDShowsErrors(t *testing.T) {
	a := newArgo(t, func(t *testing.T, repository string) {
		writeIn(t, repository, "good/chroma.yaml", argoQuickstart(t, "{}"))
		writeIn(t, repository, "broken/chroma.yaml", argoQuickstart(t, "{chromadb: {persistDirectry: /data}}"))
		writeIn(t, repository, "kustomization/chroma.yaml", strings.Replace(argoQuickstart(t, "{replicaCount: 3}"),
			"metadata:\n", "metadata:\n  annotations: {config.kubernetes.io/function: '"+hostsContainer+"'}\n", 1))
		writeIn(t, repository, "kustomization/kustomization.yaml", "generators: [chroma.yaml]\n")
		writeIn(t, repository, "nothing/configmap.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/local-config: \"true\"}\n")
	})
	for name, c := range map[string]struct {
		path       string
		parameters []argocd.SourceParameter
		want       string
	}{
		"unknown field":     {"broken", nil, "chroma.yaml:spec.chromadb.persistDirectry: unknown field; did you mean persistDirectory?"},
		"refused value":     {"kustomization", nil, "chroma.yaml:spec.replicaCount: must be 1"},
		"nothing":           {"nothing", nil, "there is no ChromaConfig"},
		"unknown parameter": {"good", []argocd.SourceParameter{{Name: "chromadb.persistDirectry", String: new("/data")}}, "parameter chromadb.persistDirectry: unknown field"},
		"refused parameter": {"good", []argocd.SourceParameter{{Name: "replicaCount", String: new("3")}}, "parameter replicaCount: must be 1"},
	} {
		answer := a.generate(t, a.application(c.path, a.byName(c.parameters...)))
		assert.Empty(t, answer.Response.Manifests, name)
		_, said, found := strings.Cut(answer.Error, argoErrorPrefix)
		require.True(t, found, "%s: %s", name, answer.Error)
		assert.True(t, strings.HasPrefix(said, c.want), "%s: %s", name, said)
		assert.NotContains(t, strings.TrimSpace(said), "\n", "%s: one mistake takes one line", name)
		assert.NotContains(t, said, a.named.Temporary, "%s: the directory is of no use to the user", name)
	}
}

// The manifests of a revision are the same bytes at every render, by either variant of the plugin: Argo CD renders again
// all day, and sees a change in every difference.
func TestArgoCDIsDeterministic(t *testing.T) {
	a := newArgo(t, copyExamples)
	for _, example := range exampleDirectories(t) {
		var applications []argocd.Application
		for i := range 4 {
			plugin := a.byName()
			if i%2 == 1 {
				plugin = nil
			}
			application := a.application(example, plugin)
			application.NoCache = true
			applications = append(applications, application)
		}
		answers, err := a.Generate(t.Context(), 4, applications...)
		require.NoError(t, err)
		argoApplications.Add(int64(len(answers)))
		require.NotEmpty(t, answers[0].Response.Manifests, answers[0].Error)
		for _, answer := range answers {
			assert.Equal(t, answers[0].Response.Manifests, answer.Response.Manifests, example)
		}
	}
}

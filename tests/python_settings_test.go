package tests_test

import (
	"maps"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/version"
)

// pythonAuth is what a range of Python servers reads, written down a second time, from the sources at each tag
// (chromadb/config.py, chromadb/auth): there is no package of these servers to run.
type pythonAuth struct {
	// first and last are the ends of the range.
	first, last string
	// provider, credentials and file are names of variables.
	provider, credentials, file string
	token, basic                string
	// tokenCredentials and basicCredentials are the classes that the earlier servers want beside the provider.
	tokenCredentials, basicCredentials string
	// header is a variable; the others are its values.
	header, authorization, chromaToken string
}

const (
	credentialsProvider = "CHROMA_SERVER_AUTH_CREDENTIALS_PROVIDER"
	htpasswdFile        = "/chroma/auth/server.htpasswd"
	// documentedHeader is where the chart's users read the name of the header; a server that does not know it ignores it.
	documentedHeader = "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"
)

// pythonAuths are the ranges: 0.5.0 has new names with the old words for the header.
var pythonAuths = []pythonAuth{
	{
		first: "0.4.8", last: "0.4.24",
		provider: "CHROMA_SERVER_AUTH_PROVIDER", credentials: "CHROMA_SERVER_AUTH_CREDENTIALS", file: "CHROMA_SERVER_AUTH_CREDENTIALS_FILE",
		token: "chromadb.auth.token.TokenAuthServerProvider", tokenCredentials: "chromadb.auth.token.TokenConfigServerAuthCredentialsProvider",
		basic: "chromadb.auth.basic.BasicAuthServerProvider", basicCredentials: "chromadb.auth.providers.HtpasswdFileServerAuthCredentialsProvider",
		header: "CHROMA_SERVER_AUTH_TOKEN_TRANSPORT_HEADER", authorization: "AUTHORIZATION", chromaToken: "X_CHROMA_TOKEN",
	},
	{
		first: "0.5.0", last: "0.5.0",
		provider: "CHROMA_SERVER_AUTHN_PROVIDER", credentials: "CHROMA_SERVER_AUTHN_CREDENTIALS", file: "CHROMA_SERVER_AUTHN_CREDENTIALS_FILE",
		token: "chromadb.auth.token_authn.TokenAuthenticationServerProvider", basic: "chromadb.auth.basic_authn.BasicAuthenticationServerProvider",
		header: "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER", authorization: "AUTHORIZATION", chromaToken: "X_CHROMA_TOKEN",
	},
	{
		first: "0.5.1", last: "0.6.3",
		provider: "CHROMA_SERVER_AUTHN_PROVIDER", credentials: "CHROMA_SERVER_AUTHN_CREDENTIALS", file: "CHROMA_SERVER_AUTHN_CREDENTIALS_FILE",
		token: "chromadb.auth.token_authn.TokenAuthenticationServerProvider", basic: "chromadb.auth.basic_authn.BasicAuthenticationServerProvider",
		header: "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER", authorization: "Authorization", chromaToken: "X-Chroma-Token",
	},
}

// authVariable is the name of a setting of authentication.
var authVariable = regexp.MustCompile("AUTH")

// The variables and their values are those that the server of each range reads, and those of other ranges are not set:
// such a server would ignore them and be open.
func TestPythonServersReadTheirAuthentication(t *testing.T) {
	for _, want := range pythonAuths {
		for _, v := range []string{want.first, want.last} {
			for word, header := range map[string]string{"Authorization": want.authorization, "X-Chroma-Token": want.chromaToken} {
				env := pythonEnv(t, "{chromadb: {apiVersion: "+v+", auth: {existingSecret: s, token: {headerType: "+word+"}}}}")
				if want.header != documentedHeader {
					assert.Equal(t, word, env[documentedHeader], v)
					delete(env, documentedHeader)
				}
				assert.Equal(t, map[string]string{
					want.provider: want.token, want.credentials: "s/token", want.header: header, credentialsProvider: want.tokenCredentials,
				}, withEmpty(env, credentialsProvider), v)
			}
			env := pythonEnv(t, "{chromadb: {apiVersion: "+v+", auth: {existingSecret: s, type: basic}}}")
			assert.Equal(t, map[string]string{want.provider: want.basic, want.file: htpasswdFile, credentialsProvider: want.basicCredentials},
				withEmpty(env, credentialsProvider), v)
		}
	}
	env := pythonEnv(t, "{chromadb: {apiVersion: 0.4.7, auth: {existingSecret: s, type: basic}}}")
	first := pythonAuths[0]
	assert.Equal(t, map[string]string{first.provider: first.basic, first.file: htpasswdFile, credentialsProvider: first.basicCredentials}, env)
}

// withEmpty makes a missing value an empty one.
func withEmpty(env map[string]string, name string) map[string]string {
	env[name] += ""
	return env
}

// pythonEnv is the part of the server's environment that is about authentication, as the pod has it: what envFrom
// brings, under what env says. A value from a Secret is its name and key.
func pythonEnv(t *testing.T, spec string) map[string]string {
	t.Helper()
	o, all := manifests(t, spec), map[string]string{}
	var sources []struct {
		ConfigMapRef struct{ Name string } `yaml:"configMapRef"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(o.container(t, "envFrom")), &sources))
	for _, source := range sources {
		var configMap struct{ Data map[string]string }
		require.NoError(t, yaml.Unmarshal([]byte(o.find("ConfigMap", source.ConfigMapRef.Name).MustString()), &configMap))
		maps.Copy(all, configMap.Data)
	}
	var variables []struct {
		Name, Value string
		ValueFrom   struct {
			SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
		} `yaml:"valueFrom"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(o.container(t, "env")), &variables))
	for _, variable := range variables {
		all[variable.Name] = variable.Value
		if ref := variable.ValueFrom.SecretKeyRef; ref.Name != "" {
			all[variable.Name] = ref.Name + "/" + ref.Key
		}
	}
	maps.DeleteFunc(all, func(name, _ string) bool { return !authVariable.MatchString(name) })
	return all
}

// The server listens where the Service and the probes look for it, by the way that its image has.
func TestPythonServersListenOnTheirPort(t *testing.T) {
	const spec = "{chromadb: {serverHttpPort: 9000, serverHost: '::', auth: {enabled: false}, apiVersion: "
	for v, byEnv := range map[string]bool{version.Oldest: false, "0.4.22": false, "0.4.23": true, "0.6.3": true} {
		o := manifests(t, spec+v+"}}")
		command, port, host := o.container(t, "command"), o.env(t, "CHROMA_HOST_PORT"), o.env(t, "CHROMA_HOST_ADDR")
		if byEnv {
			assert.Equal(t, []string{"", "9000", "::"}, []string{command, port, host}, v)
		} else {
			assert.Contains(t, oneLine(command), `- --host - '::' - --port - "9000"`, v)
			assert.Empty(t, port+host, v)
		}
		assert.Equal(t, "9000", o.container(t, "ports", "[name=http]", "containerPort"), v)
		assert.Empty(t, o.env(t, "CHROMA_SERVER_HTTP_PORT"), "it is a setting of the client")
	}
}

package manifests

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chromafn/chroma-fn/fn/config"
)

// The keys of the Secret with the credentials, as the chart documents them.
const (
	tokenKey    = "token"
	headerKey   = "header"
	usernameKey = "username"
	passwordKey = "password"
)

// documentedHeaderKey is the key of the ConfigMap from which users read the name of the token's header. It is the
// chart's, whatever setting the server of the version reads.
const documentedHeaderKey = "CHROMA_AUTH_TOKEN_TRANSPORT_HEADER"

// htpasswdFile holds the hashed password of basic authentication.
const htpasswdFile = config.HtpasswdDirectory + "/server.htpasswd"

// htpasswdScript hashes the password. It reaches htpasswd by standard input, because an argument can be seen in the
// list of processes, and in quotes, because it may hold anything.
const htpasswdScript = `set -eu
umask 077
printf '%s' "$CHROMA_BASIC_PASSWORD" | htpasswd -inB -- "$CHROMA_BASIC_USER" > ` + htpasswdFile + `
`

func (in Input) authType() string {
	return in.Config.AuthType(in.Caps)
}

// ownsAuthSecret reports whether the Secret with the credentials is ours to emit.
func (in Input) ownsAuthSecret() bool {
	return in.authType() != "" && in.Config.Spec.Chromadb.Auth.ExistingSecret == ""
}

// authSecret holds credentials that the user wrote into the resource.
func authSecret(in Input) *corev1.Secret {
	auth := in.Config.Spec.Chromadb.Auth
	data := map[string][]byte{usernameKey: []byte(auth.Basic.Username), passwordKey: []byte(auth.Basic.Password)}
	if in.authType() == config.TokenType {
		data = map[string][]byte{tokenKey: []byte(auth.Token.Value), headerKey: []byte(in.headerName())}
	}
	return &corev1.Secret{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Secret"},
		ObjectMeta: in.objectMeta(in.Config.AuthSecretName()),
		Type:       corev1.SecretTypeOpaque,
		Data:       data,
	}
}

// headerName is the HTTP header that carries the token.
func (in Input) headerName() string {
	if in.Config.Spec.Chromadb.Auth.Token.HeaderType == "Authorization" {
		return "Authorization"
	}
	return "X-Chroma-Token"
}

// headerSetting is what the server's setting calls the header that carries the token.
func (in Input) headerSetting() string {
	if in.headerName() == "Authorization" {
		return in.Caps.AuthorizationHeader
	}
	return in.Caps.ChromaTokenHeader
}

// authConfigMap holds the server's settings of authentication.
func authConfigMap(in Input) *corev1.ConfigMap {
	data := map[string]string{}
	provider, credentialsProvider := in.Caps.BasicProvider, in.Caps.BasicCredentialsProvider
	if in.authType() == config.TokenType {
		provider, credentialsProvider = in.Caps.TokenProvider, in.Caps.TokenCredentialsProvider
		data[documentedHeaderKey] = in.headerName()
	} else {
		data[in.Caps.AuthCredentialsFileEnv] = htpasswdFile
	}
	data[in.Caps.AuthProviderEnv] = provider
	if in.Caps.AuthCredentialsProviderEnv != "" {
		data[in.Caps.AuthCredentialsProviderEnv] = credentialsProvider
	}
	return in.configMap(in.authConfigName(), data)
}

// authentication makes the server check its clients' credentials.
func authentication(in Input) part {
	switch in.authType() {
	case config.TokenType:
		return tokenAuthentication(in)
	case config.BasicType:
		return basicAuthentication(in)
	default:
		return part{}
	}
}

func tokenAuthentication(in Input) part {
	return part{
		envFrom: authEnvFrom(in),
		env: []corev1.EnvVar{
			secretEnv(in, in.Caps.AuthCredentialsEnv, tokenKey),
			// It wins over envFrom, where the documented key may hold the same setting in another spelling.
			{Name: in.Caps.TokenHeaderEnv, Value: in.headerSetting()},
		},
	}
}

func basicAuthentication(in Input) part {
	spec := in.Config.Spec
	return part{
		envFrom: authEnvFrom(in),
		mounts:  []corev1.VolumeMount{{Name: config.HtpasswdVolume, MountPath: config.HtpasswdDirectory, ReadOnly: true}},
		volumes: []corev1.Volume{memoryDir(config.HtpasswdVolume)},
		initContainers: []corev1.Container{{
			Name:            config.HtpasswdContainer,
			Image:           spec.InitImage.Reference(spec.Global.ImageRegistry, ""),
			ImagePullPolicy: corev1.PullPolicy(spec.InitImage.PullPolicy),
			Command:         []string{"sh", "-c", htpasswdScript},
			Env: []corev1.EnvVar{
				secretEnv(in, "CHROMA_BASIC_USER", usernameKey),
				secretEnv(in, "CHROMA_BASIC_PASSWORD", passwordKey),
			},
			SecurityContext: containerSecurityContext(in),
			VolumeMounts:    []corev1.VolumeMount{{Name: config.HtpasswdVolume, MountPath: config.HtpasswdDirectory}},
		}},
	}
}

func authEnvFrom(in Input) []corev1.EnvFromSource {
	return []corev1.EnvFromSource{{ConfigMapRef: &corev1.ConfigMapEnvSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: in.authConfigName()},
	}}}
}

func secretEnv(in Input, name, key string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: in.Config.AuthSecretName()},
		Key:                  key,
	}}}
}

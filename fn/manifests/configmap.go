package manifests

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// configMaps are the ConfigMaps that the pod reads at its start.
func configMaps(in Input) []*corev1.ConfigMap {
	var all []*corev1.ConfigMap
	if in.Caps.ReadsConfigFile {
		all = append(all, serverConfigMap(in))
	}
	if in.Caps.ReadsLogConfig && in.Config.Spec.Chromadb.LogConfigMap == "" {
		all = append(all, logConfigMap(in))
	}
	if in.authType() != "" {
		all = append(all, authConfigMap(in))
	}
	return all
}

func (in Input) configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: in.objectMeta(name),
		Data:       data,
	}
}

// checksum changes with the content of the ConfigMaps. Secrets are left out: a hash of one helps to guess it.
func checksum(in Input) string {
	all := configMaps(in)
	if len(all) == 0 {
		return ""
	}
	data := make([]map[string]string, len(all))
	for i, configMap := range all {
		data[i] = configMap.Data
	}
	// Maps of strings always encode, their keys in order.
	text, _ := json.Marshal(data)
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// serverConfigKey is the file name of the Rust server's configuration in its ConfigMap.
const serverConfigKey = "config.yaml"

func serverConfigMap(in Input) *corev1.ConfigMap {
	return in.configMap(in.serverConfigName(), map[string]string{serverConfigKey: yamlText(in.Config.ServerConfig())})
}

// configFile mounts the Rust server's configuration over the one that the image's own command reads.
func configFile(in Input) part {
	if !in.Caps.ReadsConfigFile {
		return part{}
	}
	return part{
		mounts:  []corev1.VolumeMount{{Name: config.ConfigVolume, MountPath: in.Caps.ConfigFile, SubPath: path.Base(in.Caps.ConfigFile), ReadOnly: true}},
		volumes: []corev1.Volume{configVolume(config.ConfigVolume, in.serverConfigName())},
	}
}

// logConfigKey is the file name of the logging configuration in its ConfigMap, as the chart documents it.
const logConfigKey = "log_config.yaml"

// logConfigMap configures Python's logging as uvicorn takes it. The image's own configuration opens a file in the
// working directory, which only root on a writable root file system can.
func logConfigMap(in Input) *corev1.ConfigMap {
	level := in.Config.Spec.Chromadb.Logging
	handler := map[string]any{"class": "logging.StreamHandler", "formatter": "text", "stream": "ext://sys.stdout"}
	return in.configMap(in.logConfigName(), map[string]string{logConfigKey: yamlText(map[string]any{
		"version":                  1,
		"disable_existing_loggers": false,
		"formatters":               map[string]any{"text": map[string]any{"format": "%(levelname)s [%(asctime)s] %(name)s: %(message)s"}},
		"handlers":                 map[string]any{"console": handler},
		"root":                     map[string]any{"level": level.Root, "handlers": []string{"console"}},
		"loggers": map[string]any{
			"chromadb": map[string]any{"level": level.Chromadb},
			"uvicorn":  map[string]any{"level": level.Uvicorn},
		},
	})})
}

// logging mounts the logging configuration of the Python server.
func logging(in Input) part {
	if !in.Caps.ReadsLogConfig {
		return part{}
	}
	return part{
		mounts:  []corev1.VolumeMount{{Name: config.LogVolume, MountPath: in.Config.Spec.Chromadb.LogConfigFileLocation, SubPath: logConfigKey, ReadOnly: true}},
		volumes: []corev1.Volume{configVolume(config.LogVolume, in.logConfigName())},
	}
}

func configVolume(name, configMap string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
		LocalObjectReference: corev1.LocalObjectReference{Name: configMap},
	}}}
}

// yamlText writes maps, lists and scalars as YAML, which always works; map keys come in order.
func yamlText(value any) string {
	text, _ := yaml.Marshal(value)
	return string(text)
}

package kubelet

import (
	"fmt"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// podFields are the fields of a pod's spec that a node heeds, with all that is below them, and those that are none of
// its business: they are for the scheduler, the registry or the API server.
var podFields = []string{
	"affinity", "automountServiceAccountToken", "imagePullSecrets", "nodeSelector", "serviceAccountName", "tolerations",

	"enableServiceLinks", "hostname", "subdomain", "terminationGracePeriodSeconds",
	"securityContext.fsGroup", "securityContext.fsGroupChangePolicy", "securityContext.runAsGroup",
	"securityContext.runAsNonRoot", "securityContext.runAsUser", "securityContext.seccompProfile.type",
	"securityContext.supplementalGroups", "securityContext.supplementalGroupsPolicy", "securityContext.sysctls",
	"volumes[].configMap", "volumes[].emptyDir", "volumes[].name", "volumes[].persistentVolumeClaim.claimName", "volumes[].secret",
}

// containerFields are those of each container.
var containerFields = []string{
	"args", "command", "image", "imagePullPolicy", "name", "workingDir",
	"ports[].containerPort", "ports[].name", "ports[].protocol",
	"env[].name", "env[].value", "env[].valueFrom.configMapKeyRef", "env[].valueFrom.fieldRef", "env[].valueFrom.secretKeyRef",
	"envFrom", "resources.limits", "resources.requests",
	"securityContext.allowPrivilegeEscalation", "securityContext.capabilities", "securityContext.privileged",
	"securityContext.readOnlyRootFilesystem", "securityContext.runAsGroup", "securityContext.runAsNonRoot",
	"securityContext.runAsUser", "securityContext.seccompProfile.type",
	"volumeMounts[].mountPath", "volumeMounts[].name", "volumeMounts[].readOnly", "volumeMounts[].subPath",
}

// probeFields are those of each probe.
var probeFields = []string{
	"failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds",
	"httpGet.httpHeaders", "httpGet.path", "httpGet.port",
}

// knownFields is the whole of what the package understands.
func knownFields() map[string]bool {
	known := map[string]bool{}
	add := func(prefix string, fields []string) {
		for _, field := range fields {
			known[prefix+field] = true
		}
	}
	add("", podFields)
	add("initContainers[].", containerFields)
	add("containers[].", containerFields)
	for _, probe := range []string{"livenessProbe.", "readinessProbe.", "startupProbe."} {
		add("containers[]."+probe, probeFields)
	}
	return known
}

// checkFields refuses a pod with a field that would be ignored here.
func checkFields(pod *corev1.Pod) error {
	spec, err := runtime.DefaultUnstructuredConverter.ToUnstructured(&pod.Spec)
	if err != nil {
		return err
	}
	return checkField(knownFields(), "", spec)
}

func checkField(known map[string]bool, path string, value any) error {
	if known[path] {
		return nil
	}
	switch value := value.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(value)) {
			inner := key
			if path != "" {
				inner = path + "." + key
			}
			if err := checkField(known, inner, value[key]); err != nil {
				return err
			}
		}
	case []any:
		for _, item := range value {
			if err := checkField(known, path+"[]", item); err != nil {
				return err
			}
		}
	case nil:
	default:
		return fmt.Errorf("pod.spec.%s: the kubelet of the tests does not know this field", path)
	}
	return nil
}

package config

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

func (v *validator) validateResources() {
	v.validateResourceRequirements(v.c.Spec.Resources, field.NewPath("spec", "resources"))
}

func (v *validator) validateResourceRequirements(resources corev1.ResourceRequirements, path *field.Path) {
	requests, limits := path.Child("requests"), path.Child("limits")
	v.validateResourceList(resources.Requests, requests)
	v.validateResourceList(resources.Limits, limits)
	for name, request := range resources.Requests {
		if limit, limited := resources.Limits[name]; limited && request.Cmp(limit) > 0 {
			v.errorf(requests.Key(string(name)), "%s is more than the limit of %s", request.String(), limit.String())
		}
	}
	if len(resources.Claims) > 0 {
		v.errorf(path.Child("claims"), "is not supported: the pod has no resource claims")
	}
}

func (v *validator) validateResourceList(list corev1.ResourceList, path *field.Path) {
	for name, quantity := range list {
		at := path.Key(string(name))
		switch {
		case quantity.Sign() < 0:
			v.errorf(at, "must not be negative")
		case isBytes(name) && quantity.MilliValue()%1000 != 0:
			v.errorf(at, "%s is a fraction of a byte; did you mean %sMi?", quantity.String(), strings.TrimSuffix(quantity.String(), "m"))
		case !isNativeResource(name) && !strings.Contains(string(name), "/"):
			v.errorf(at, "unknown resource; write cpu, memory, ephemeral-storage, hugepages-SIZE or DOMAIN/NAME")
		case strings.Contains(string(name), "/"):
			v.mustBe(at, validation.IsQualifiedName(string(name)))
		}
	}
}

func isBytes(name corev1.ResourceName) bool {
	return name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
}

func isNativeResource(name corev1.ResourceName) bool {
	return name == corev1.ResourceCPU || isBytes(name) || strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

func (v *validator) validateScheduling() {
	spec := field.NewPath("spec")
	v.mustBeAll(metavalidation.ValidateLabels(v.c.Spec.NodeSelector, spec.Child("nodeSelector")))
	for i, toleration := range v.c.Spec.Tolerations {
		v.validateToleration(toleration, spec.Child("tolerations").Index(i))
	}
	affinity, path := v.c.Spec.Affinity, spec.Child("affinity")
	if node := affinity.NodeAffinity; node != nil {
		v.validateNodeAffinity(node, path.Child("nodeAffinity"))
	}
	if pod := affinity.PodAffinity; pod != nil {
		v.validatePodTerms(pod.RequiredDuringSchedulingIgnoredDuringExecution, pod.PreferredDuringSchedulingIgnoredDuringExecution, path.Child("podAffinity"))
	}
	if pod := affinity.PodAntiAffinity; pod != nil {
		v.validatePodTerms(pod.RequiredDuringSchedulingIgnoredDuringExecution, pod.PreferredDuringSchedulingIgnoredDuringExecution, path.Child("podAntiAffinity"))
	}
}

func (v *validator) validateToleration(t corev1.Toleration, path *field.Path) {
	if t.Key != "" {
		v.mustBe(path.Child("key"), validation.IsQualifiedName(t.Key))
	}
	operators := []corev1.TolerationOperator{"", corev1.TolerationOpEqual, corev1.TolerationOpExists}
	effects := []corev1.TaintEffect{"", corev1.TaintEffectNoSchedule, corev1.TaintEffectPreferNoSchedule, corev1.TaintEffectNoExecute}
	switch {
	case !slices.Contains(operators, t.Operator):
		v.errorf(path.Child("operator"), "must be Equal or Exists, not %q", t.Operator)
	case t.Key == "" && t.Operator != corev1.TolerationOpExists:
		v.errorf(path.Child("operator"), "must be Exists where there is no key")
	case t.Operator == corev1.TolerationOpExists && t.Value != "":
		v.errorf(path.Child("value"), "must be empty with the operator Exists")
	default:
		v.mustBe(path.Child("value"), validation.IsValidLabelValue(t.Value))
	}
	if !slices.Contains(effects, t.Effect) {
		v.errorf(path.Child("effect"), "must be NoSchedule, PreferNoSchedule or NoExecute, not %q", t.Effect)
	}
	if t.TolerationSeconds != nil && t.Effect != corev1.TaintEffectNoExecute {
		v.errorf(path.Child("tolerationSeconds"), "needs the effect NoExecute")
	}
}

func (v *validator) validateNodeAffinity(affinity *corev1.NodeAffinity, path *field.Path) {
	if required := affinity.RequiredDuringSchedulingIgnoredDuringExecution; required != nil {
		at := path.Child("requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
		if len(required.NodeSelectorTerms) == 0 {
			v.errorf(at, "is empty; write a term or remove the requirement")
		}
		for i, term := range required.NodeSelectorTerms {
			v.validateNodeTerm(term, at.Index(i))
		}
	}
	for i, preferred := range affinity.PreferredDuringSchedulingIgnoredDuringExecution {
		at := path.Child("preferredDuringSchedulingIgnoredDuringExecution").Index(i)
		v.validateWeight(preferred.Weight, at.Child("weight"))
		v.validateNodeTerm(preferred.Preference, at.Child("preference"))
	}
}

func (v *validator) validateNodeTerm(term corev1.NodeSelectorTerm, path *field.Path) {
	for i, r := range term.MatchExpressions {
		at := path.Child("matchExpressions").Index(i)
		v.mustBe(at.Child("key"), validation.IsQualifiedName(r.Key))
		v.validateNodeRequirement(r, at)
	}
	for i, r := range term.MatchFields {
		at := path.Child("matchFields").Index(i)
		if r.Key != metav1.ObjectNameField || len(r.Values) != 1 || r.Operator != corev1.NodeSelectorOpIn && r.Operator != corev1.NodeSelectorOpNotIn {
			v.errorf(at, "must be metadata.name, In or NotIn, and one value")
		}
	}
}

func (v *validator) validateNodeRequirement(r corev1.NodeSelectorRequirement, path *field.Path) {
	values := path.Child("values")
	switch r.Operator {
	case corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn:
		if len(r.Values) == 0 {
			v.errorf(values, "is empty; the operator %s needs values", r.Operator)
		}
	case corev1.NodeSelectorOpExists, corev1.NodeSelectorOpDoesNotExist:
		if len(r.Values) > 0 {
			v.errorf(values, "must be empty with the operator %s", r.Operator)
		}
	case corev1.NodeSelectorOpGt, corev1.NodeSelectorOpLt:
		if len(r.Values) != 1 || !integerPattern.MatchString(r.Values[0]) {
			v.errorf(values, "must be one integer, in quotes, with the operator %s", r.Operator)
		}
	default:
		v.errorf(path.Child("operator"), "must be In, NotIn, Exists, DoesNotExist, Gt or Lt, not %q", r.Operator)
	}
	for i, value := range r.Values {
		v.mustBe(values.Index(i), validation.IsValidLabelValue(value))
	}
}

func (v *validator) validatePodTerms(required []corev1.PodAffinityTerm, preferred []corev1.WeightedPodAffinityTerm, path *field.Path) {
	for i, term := range required {
		v.validatePodTerm(term, path.Child("requiredDuringSchedulingIgnoredDuringExecution").Index(i))
	}
	for i, p := range preferred {
		at := path.Child("preferredDuringSchedulingIgnoredDuringExecution").Index(i)
		v.validateWeight(p.Weight, at.Child("weight"))
		v.validatePodTerm(p.PodAffinityTerm, at.Child("podAffinityTerm"))
	}
}

func (v *validator) validatePodTerm(term corev1.PodAffinityTerm, path *field.Path) {
	if term.TopologyKey == "" {
		v.errorf(path.Child("topologyKey"), "is required, such as kubernetes.io/hostname")
	} else {
		v.mustBe(path.Child("topologyKey"), validation.IsQualifiedName(term.TopologyKey))
	}
	options := metavalidation.LabelSelectorValidationOptions{}
	v.mustBeAll(metavalidation.ValidateLabelSelector(term.LabelSelector, options, path.Child("labelSelector")))
	v.mustBeAll(metavalidation.ValidateLabelSelector(term.NamespaceSelector, options, path.Child("namespaceSelector")))
	for i, namespace := range term.Namespaces {
		v.mustBe(path.Child("namespaces").Index(i), validation.IsDNS1123Label(namespace))
	}
	if term.LabelSelector == nil && len(term.MatchLabelKeys)+len(term.MismatchLabelKeys) > 0 {
		v.errorf(path.Child("labelSelector"), "is required with matchLabelKeys or mismatchLabelKeys")
	}
}

func (v *validator) validateWeight(weight int32, path *field.Path) {
	if weight < 1 || weight > 100 {
		v.errorf(path, "must be between 1 and 100, not %d", weight)
	}
}

func (v *validator) validatePod() {
	path := field.NewPath("spec", "podSpec")
	pod := v.c.Spec.PodSpec
	v.validateAnnotations(pod.PodAnnotations, path.Child("podAnnotations"))
	v.validateAnnotations(pod.Annotations, path.Child("annotations"))
	for key, value := range pod.Annotations {
		if other, both := pod.PodAnnotations[key]; both && other != value {
			v.errorf(path.Child("annotations").Key(key), "has another value in podAnnotations; both are put on the pod: remove one")
		}
	}
	if pod.TerminationGracePeriodSeconds == 0 {
		v.warnf(path.Child("terminationGracePeriodSeconds"), "0 kills the server without letting it finish its requests and close its database; leave it out for %d", DefaultSpec().PodSpec.TerminationGracePeriodSeconds)
	}
}

// unprivilegedPorts is the kernel parameter that lets any user listen on low ports.
const unprivilegedPorts = "net.ipv4.ip_unprivileged_port_start"

// NeedsLowPort reports whether the server must be allowed a port below 1024 although it does not run as root.
func (c *ChromaConfig) NeedsLowPort() bool {
	security := c.Spec.PodSpec.SecurityContext
	return c.Spec.Chromadb.ServerHTTPPort < 1024 && (security.RunAsUser == nil || *security.RunAsUser != 0) &&
		!slices.ContainsFunc(security.Sysctls, func(s corev1.Sysctl) bool { return s.Name == unprivilegedPorts })
}

// LowPortSysctl is the kernel parameter that allows it; Kubernetes counts it as safe.
func (c *ChromaConfig) LowPortSysctl() corev1.Sysctl {
	return corev1.Sysctl{Name: unprivilegedPorts, Value: "0"}
}

// ImpliesEscalation reports whether the security context asks for rights with which Kubernetes refuses to forbid
// privilege escalation.
func (c *ChromaConfig) ImpliesEscalation() bool {
	s := c.Spec.PodSpec.SecurityContext
	return isTrue(s.Privileged) || s.Capabilities != nil && slices.ContainsFunc(s.Capabilities.Add, isSysAdmin)
}

func (v *validator) validateSecurityContext() {
	path := field.NewPath("spec", "podSpec", "securityContext")
	s := v.c.Spec.PodSpec.SecurityContext
	if s.RunAsUser != nil {
		v.mustBe(path.Child("runAsUser"), validation.IsValidUserID(*s.RunAsUser))
	}
	for name, group := range map[string]*int64{"runAsGroup": s.RunAsGroup, "fsGroup": s.FSGroup} {
		if group != nil {
			v.mustBe(path.Child(name), validation.IsValidGroupID(*group))
		}
	}
	for i, group := range s.SupplementalGroups {
		v.mustBe(path.Child("supplementalGroups").Index(i), validation.IsValidGroupID(group))
	}
	if isTrue(s.RunAsNonRoot) && s.RunAsUser != nil && *s.RunAsUser == 0 {
		v.errorf(path.Child("runAsUser"), "is 0, which is root, while runAsNonRoot is true: the pod would not start")
	}
	if s.AllowPrivilegeEscalation != nil && !*s.AllowPrivilegeEscalation && v.c.ImpliesEscalation() {
		v.errorf(path.Child("allowPrivilegeEscalation"), "must not be false with privileged or the capability SYS_ADMIN")
	}
	if s.ProcMount != nil && *s.ProcMount == corev1.UnmaskedProcMount {
		v.errorf(path.Child("procMount"), "Unmasked needs a user namespace, which the pod does not have")
	}
	v.validateProfiles(s, path)
	v.validateSysctls(s.Sysctls, path.Child("sysctls"))
}

func isSysAdmin(c corev1.Capability) bool {
	return c == "SYS_ADMIN" || c == "CAP_SYS_ADMIN"
}

// validateProfiles checks the two profiles, which name a file of the node where their type is Localhost.
func (v *validator) validateProfiles(s SecurityContext, path *field.Path) {
	if p := s.SeccompProfile; p != nil {
		v.validateProfile(string(p.Type), p.LocalhostProfile, path.Child("seccompProfile"))
	}
	if p := s.AppArmorProfile; p != nil {
		v.validateProfile(string(p.Type), p.LocalhostProfile, path.Child("appArmorProfile"))
	}
}

func (v *validator) validateProfile(profileType string, file *string, path *field.Path) {
	isLocal := profileType == "Localhost"
	switch {
	case !slices.Contains([]string{"RuntimeDefault", "Unconfined", "Localhost"}, profileType):
		v.errorf(path.Child("type"), "must be RuntimeDefault, Unconfined or Localhost, not %q", profileType)
	case isLocal && (file == nil || *file == ""):
		v.errorf(path.Child("localhostProfile"), "is required with the type Localhost")
	case !isLocal && file != nil:
		v.errorf(path.Child("localhostProfile"), "needs the type Localhost, not %s", profileType)
	case isLocal && (strings.HasPrefix(*file, "/") || slices.Contains(strings.Split(*file, "/"), "..")):
		v.errorf(path.Child("localhostProfile"), "must be a relative path without ..")
	}
}

func (v *validator) validateSysctls(sysctls []corev1.Sysctl, path *field.Path) {
	seen := map[string]bool{}
	for i, s := range sysctls {
		switch at := path.Index(i).Child("name"); {
		case s.Name == "":
			v.errorf(at, "is required")
		case seen[s.Name]:
			v.errorf(at, "%s is set twice", s.Name)
		case len(validation.IsDNS1123Subdomain(strings.ReplaceAll(strings.ReplaceAll(s.Name, "_", "-"), "/", "."))) > 0:
			v.errorf(at, "%q is not the name of a kernel parameter, such as net.core.somaxconn", s.Name)
		}
		seen[s.Name] = true
	}
}

func isTrue(b *bool) bool {
	return b != nil && *b
}

// volumes are the names of the pod's volumes.
func (v *validator) volumes() []string {
	volumes := []string{DataVolume, TmpVolume}
	if v.caps.ReadsConfigFile {
		volumes = append(volumes, ConfigVolume)
	}
	if v.caps.ReadsLogConfig {
		volumes = append(volumes, LogVolume)
	}
	if v.c.AuthType(v.caps) == BasicType {
		volumes = append(volumes, HtpasswdVolume)
	}
	return volumes
}

func (v *validator) validateInitContainers() {
	path := field.NewPath("spec", "podSpec", "initContainers")
	seen := map[string]bool{ServerContainer: true, HtpasswdContainer: true}
	for i, container := range v.c.Spec.PodSpec.InitContainers {
		at := path.Index(i)
		v.mustBe(at.Child("name"), validation.IsDNS1123Label(container.Name))
		if seen[container.Name] {
			v.errorf(at.Child("name"), "%q is taken by another container of the pod", container.Name)
		}
		seen[container.Name] = true
		v.validateInitContainer(container, at)
	}
}

func (v *validator) validateInitContainer(c corev1.Container, path *field.Path) {
	if strings.TrimSpace(c.Image) == "" || strings.TrimSpace(c.Image) != c.Image {
		v.errorf(path.Child("image"), "must be an image, without spaces around it, not %q", c.Image)
	}
	if !slices.Contains([]corev1.PullPolicy{"", corev1.PullAlways, corev1.PullIfNotPresent, corev1.PullNever}, c.ImagePullPolicy) {
		v.errorf(path.Child("imagePullPolicy"), "must be Always, IfNotPresent or Never, not %q", c.ImagePullPolicy)
	}
	isSidecar := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
	if c.RestartPolicy != nil && !isSidecar {
		v.errorf(path.Child("restartPolicy"), "must be Always or absent, not %q", *c.RestartPolicy)
	}
	if !isSidecar && (c.LivenessProbe != nil || c.ReadinessProbe != nil || c.StartupProbe != nil || c.Lifecycle != nil) {
		v.errorf(path, "must have no probes and no lifecycle, because it ends before the server starts; restartPolicy Always makes it a sidecar")
	}
	v.validateEnv(c.Env, path.Child("env"))
	v.validateMounts(c.VolumeMounts, path.Child("volumeMounts"))
	v.validateResourceRequirements(c.Resources, path.Child("resources"))
}

func (v *validator) validateEnv(env []corev1.EnvVar, path *field.Path) {
	for i, e := range env {
		at := path.Index(i)
		if e.Name == "" || strings.Contains(e.Name, "=") {
			v.errorf(at.Child("name"), "must not be empty or contain =, not be %q", e.Name)
		}
		if e.Value != "" && e.ValueFrom != nil {
			v.errorf(at, "has a value and a valueFrom; remove one")
		}
	}
}

func (v *validator) validateMounts(mounts []corev1.VolumeMount, path *field.Path) {
	volumes := v.volumes()
	taken := map[string]bool{}
	for i, mount := range mounts {
		at := path.Index(i)
		switch {
		case !slices.Contains(volumes, mount.Name):
			v.errorf(at.Child("name"), "the pod has no volume %q, only %s", mount.Name, strings.Join(volumes, ", "))
		case mount.MountPath == "":
			v.errorf(at.Child("mountPath"), "is required")
		case taken[mount.MountPath]:
			v.errorf(at.Child("mountPath"), "%s is mounted twice", mount.MountPath)
		}
		taken[mount.MountPath] = true
	}
}

// isPositive reports whether a quantity is more than nothing.
func isPositive(q resource.Quantity) bool {
	return q.Sign() > 0
}

// sortedKeys returns the keys of a map in order.
func sortedKeys[V any](m map[string]V) []string {
	return slices.Sorted(maps.Keys(m))
}

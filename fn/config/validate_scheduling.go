package config

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

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
			continue
		}
		// It is the name of a node.
		v.mustBe(at.Child("values").Index(0), validation.IsDNS1123Subdomain(r.Values[0]))
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
	v.validateLabelKeys(term, path)
}

// validateLabelKeys checks the keys of which the pod's own labels are added to the selector.
func (v *validator) validateLabelKeys(term corev1.PodAffinityTerm, path *field.Path) {
	if term.LabelSelector == nil && len(term.MatchLabelKeys)+len(term.MismatchLabelKeys) > 0 {
		v.errorf(path.Child("labelSelector"), "is required with matchLabelKeys or mismatchLabelKeys")
	}
	// The API server takes a key that is selected already and then refuses the pods, whose selector has it twice.
	selected := map[string]bool{}
	if term.LabelSelector != nil {
		for key := range term.LabelSelector.MatchLabels {
			selected[key] = true
		}
		for _, expression := range term.LabelSelector.MatchExpressions {
			selected[expression.Key] = true
		}
	}
	match, mismatch := path.Child("matchLabelKeys"), path.Child("mismatchLabelKeys")
	for i, key := range term.MatchLabelKeys {
		if selected[key] {
			v.errorf(match.Index(i), "%s is in labelSelector too; remove one of them", key)
		}
	}
	for i, key := range term.MismatchLabelKeys {
		if slices.Contains(term.MatchLabelKeys, key) {
			v.errorf(mismatch.Index(i), "%s is in matchLabelKeys too; remove one of them", key)
		}
	}
	v.validateDistinctLabels(term.MatchLabelKeys, match)
	v.validateDistinctLabels(term.MismatchLabelKeys, mismatch)
}

func (v *validator) validateDistinctLabels(keys []string, path *field.Path) {
	seen := map[string]bool{}
	for i, key := range keys {
		v.mustBe(path.Index(i), validation.IsQualifiedName(key))
		if seen[key] {
			v.errorf(path.Index(i), "%s is written twice; remove one of them", key)
		}
		seen[key] = true
	}
}

func (v *validator) validateWeight(weight int32, path *field.Path) {
	if weight < 1 || weight > 100 {
		v.errorf(path, "must be between 1 and 100, not %d", weight)
	}
}

package config

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
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
		limit, isLimited := resources.Limits[name]
		switch at := requests.Key(string(name)); {
		case !isLimited && isReserved(name):
			v.errorf(at, "needs a limit of the same amount: write %s", limits.Key(string(name)))
		case isLimited && isReserved(name) && request.Cmp(limit) != 0:
			v.errorf(at, "must be equal to the limit of %s, because this resource is not shared; it is %s", limit.String(), request.String())
		case isLimited && request.Cmp(limit) > 0:
			v.errorf(at, "%s is more than the limit of %s", request.String(), limit.String())
		}
	}
	if hasHugePages(resources) && !hasCPUOrMemory(resources) {
		v.errorf(path, "huge pages need a request or a limit of cpu or memory beside them")
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
		case isBytes(name) && !isWhole(quantity):
			v.errorf(at, "%s is a fraction of a byte; did you mean %s?", quantity.String(), inMebibytes(quantity))
		case isHugePages(name):
			v.validateHugePages(name, quantity, at)
		case strings.Contains(string(name), "/"):
			v.validateExtendedResource(string(name), quantity, at)
		case !isBytes(name) && name != corev1.ResourceCPU:
			v.errorf(at, "unknown resource; write cpu, memory, ephemeral-storage, hugepages-SIZE or DOMAIN/NAME")
		}
	}
}

// validateHugePages checks the size in the name, of which the amount must be a multiple.
func (v *validator) validateHugePages(name corev1.ResourceName, quantity resource.Quantity, at *field.Path) {
	text := strings.TrimPrefix(string(name), corev1.ResourceHugePagesPrefix)
	size, err := resource.Quantity{}, error(nil)
	if quantityPattern.MatchString(text) {
		size, err = resource.ParseQuantity(text)
	}
	switch {
	case err != nil || !isPositive(size) || !isWhole(size):
		v.errorf(at, "%q is not the size of a page; write a resource such as hugepages-2Mi", text)
	case !isWhole(quantity) || quantity.Value()%size.Value() != 0:
		v.errorf(at, "must be a multiple of the size of a page, which is %s; it is %s", text, quantity.String())
	}
}

// validateExtendedResource checks a resource of another domain, which nodes have in whole numbers.
func (v *validator) validateExtendedResource(name string, quantity resource.Quantity, at *field.Path) {
	complaints := validation.IsQualifiedName(name)
	switch {
	case len(complaints) > 0:
		v.mustBe(at, complaints)
	case !isReserved(corev1.ResourceName(name)):
	case strings.HasPrefix(name, corev1.DefaultResourceRequestsPrefix):
		v.errorf(at, "must not start with %q, which is for quotas; remove that", corev1.DefaultResourceRequestsPrefix)
	case !isWhole(quantity):
		v.errorf(at, "must be a whole number; it is %s", quantity.String())
	default:
		// Quotas have the resource under a longer name.
		v.mustBe(at, validation.IsQualifiedName(corev1.DefaultResourceRequestsPrefix+name))
	}
}

func isBytes(name corev1.ResourceName) bool {
	return name == corev1.ResourceMemory || name == corev1.ResourceEphemeralStorage
}

func isHugePages(name corev1.ResourceName) bool {
	return strings.HasPrefix(string(name), corev1.ResourceHugePagesPrefix)
}

// isReserved reports whether a resource belongs to the container alone, so that it gets what it asks for and no more:
// huge pages and the resources of other domains than Kubernetes' own.
func isReserved(name corev1.ResourceName) bool {
	return isHugePages(name) || strings.Contains(string(name), "/") && !strings.Contains(string(name), corev1.ResourceDefaultNamespacePrefix)
}

func hasHugePages(resources corev1.ResourceRequirements) bool {
	for _, list := range []corev1.ResourceList{resources.Requests, resources.Limits} {
		for name := range list {
			if isHugePages(name) {
				return true
			}
		}
	}
	return false
}

func hasCPUOrMemory(resources corev1.ResourceRequirements) bool {
	for _, list := range []corev1.ResourceList{resources.Requests, resources.Limits} {
		for _, name := range []corev1.ResourceName{corev1.ResourceCPU, corev1.ResourceMemory} {
			if _, found := list[name]; found {
				return true
			}
		}
	}
	return false
}

// isPositive reports whether a quantity is more than nothing.
func isPositive(q resource.Quantity) bool {
	return q.Sign() > 0
}

// isWhole reports whether a quantity is a whole number.
func isWhole(q resource.Quantity) bool {
	return q.Cmp(*resource.NewQuantity(q.Value(), q.Format)) == 0
}

// inMebibytes is what somebody meant who wrote a fraction of a byte: 100m for 100Mi.
func inMebibytes(q resource.Quantity) string {
	return strings.TrimRight(q.String(), "num") + "Mi"
}

package config

import (
	"cmp"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	metavalidation "k8s.io/apimachinery/pkg/apis/meta/v1/validation"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/chromafn/chroma-fn/fn/version"
)

// validator collects what is to be said about one ChromaConfig on one Chroma version.
type validator struct {
	c        *ChromaConfig
	caps     version.Capabilities
	problems []Problem
}

// Validate checks what the types cannot express and returns everything that is to be said, each with a field path.
// Where it returns no error, building the objects cannot fail, the Kubernetes API accepts them and the server starts.
func Validate(c *ChromaConfig, caps version.Capabilities) []Problem {
	v := &validator{c: c, caps: caps}
	for _, check := range []func(){
		v.validateNames,
		v.validateLabels,
		v.validateScale,
		v.validateImages,
		v.validateServiceAccount,
		v.validateService,
		v.validateIngress,
		v.validateExposure,
		v.validateResources,
		v.validateScheduling,
		v.validateSecurityContext,
		v.validatePod,
		v.validateInitContainers,
		v.validateListen,
		v.validatePaths,
		v.validateData,
		v.validateLogging,
		v.validateMaintenance,
		v.validateTelemetry,
		v.validateCORS,
		v.validateServerConfig,
		v.validateAuth,
		v.validateSupport,
	} {
		check()
	}
	slices.SortStableFunc(v.problems, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.Field, b.Field), strings.Compare(a.Message, b.Message))
	})
	return v.problems
}

func (v *validator) errorf(path *field.Path, format string, args ...any) {
	v.add(Error, path, format, args...)
}

func (v *validator) warnf(path *field.Path, format string, args ...any) {
	v.add(Warning, path, format, args...)
}

func (v *validator) infof(path *field.Path, format string, args ...any) {
	v.add(Info, path, format, args...)
}

func (v *validator) add(severity Severity, path *field.Path, format string, args ...any) {
	v.problems = append(v.problems, Problem{severity, path.String(), fmt.Sprintf(format, args...)})
}

// mustBe reports what one of Kubernetes' own validators says of a value.
func (v *validator) mustBe(path *field.Path, complaints []string) {
	if len(complaints) > 0 {
		v.errorf(path, "Kubernetes would refuse it: %s", brief(strings.Join(complaints, "; ")))
	}
}

// mustBeAll reports what one of Kubernetes' own validators says of a map.
func (v *validator) mustBeAll(errs field.ErrorList) {
	for _, err := range errs {
		v.problems = append(v.problems, Problem{Error, err.Field, "Kubernetes would refuse it: " + brief(err.ErrorBody())})
	}
}

var regexHint = regexp.MustCompile(`, regex used for validation is '[^']*'`)

// brief cuts the regular expressions out of what Kubernetes' validators say; the examples beside them say more.
func brief(complaint string) string {
	return regexHint.ReplaceAllString(complaint, "")
}

// isChanged reports whether the user wrote something else than the default.
func (v *validator) isChanged(path *field.Path, value, byDefault any) bool {
	return v.c.IsSet(path.String()) && !reflect.DeepEqual(value, byDefault)
}

// maxFullname is the longest name of a StatefulSet whose pods can be created: they carry the label
// controller-revision-hash, which is the name, a dash and a hash of up to 10 characters, in at most 63.
const maxFullname = maxLabel - 11

func (v *validator) validateNames() {
	metadata := field.NewPath("metadata")
	spec := field.NewPath("spec")
	if v.c.Metadata.Name == "" {
		v.errorf(metadata.Child("name"), "is required: it is the release name, from which all names are made")
		return
	}
	v.mustBe(metadata.Child("name"), validation.IsDNS1123Subdomain(v.c.Metadata.Name))
	if len(v.c.Metadata.Name) > maxLabel {
		v.errorf(metadata.Child("name"), "is longer than the %d characters of the label %s", maxLabel, LabelInstance)
	}
	if v.c.Metadata.Namespace != "" {
		v.mustBe(metadata.Child("namespace"), validation.IsDNS1123Label(v.c.Metadata.Namespace))
	}
	if v.c.Spec.NameOverride != "" {
		v.mustBe(spec.Child("nameOverride"), validation.IsValidLabelValue(v.c.AppName()))
	}
	v.validateFullname(metadata, spec)
}

func (v *validator) validateFullname(metadata, spec *field.Path) {
	path := metadata.Child("name")
	if v.c.Spec.FullnameOverride != "" {
		path = spec.Child("fullnameOverride")
	}
	fullname := v.c.Fullname()
	switch complaints := validation.IsDNS1035Label(fullname); {
	case len(fullname) > maxFullname:
		v.errorf(path, "makes the name %q of %d characters; a StatefulSet with more than %d cannot create its pods: write a shorter spec.fullnameOverride", fullname, len(fullname), maxFullname)
	case len(complaints) > 0:
		v.errorf(path, "makes the name %q, which Kubernetes would refuse for a Service: %s", fullname, brief(strings.Join(complaints, "; ")))
	}
}

func (v *validator) validateLabels() {
	spec := field.NewPath("spec")
	for path, labels := range map[*field.Path]map[string]string{
		spec.Child("commonLabels"): v.c.Spec.CommonLabels,
		spec.Child("podLabels"):    v.c.Spec.PodLabels,
	} {
		v.mustBeAll(metavalidation.ValidateLabels(labels, path))
		for _, key := range []string{LabelName, LabelInstance} {
			if _, taken := labels[key]; taken {
				v.errorf(path.Key(key), "selects the pods and cannot be changed; use spec.nameOverride or the resource's name")
			}
		}
	}
	if len(v.c.Spec.CommonLabels) > 0 && v.c.Spec.Chromadb.IsPersistent {
		v.warnf(spec.Child("commonLabels"), "do not reach the claim of the data volume: a StatefulSet cannot change its claims")
	}
}

func (v *validator) validateScale() {
	spec := field.NewPath("spec")
	if v.c.Spec.ReplicaCount > 1 {
		v.errorf(spec.Child("replicaCount"), "must be 1, or 0 to stop the database: Chroma is a single writer, and %d pods would be as many separate databases behind one Service. "+
			"For more load give the pod more memory and CPU in spec.resources; for more databases write more ChromaConfigs", v.c.Spec.ReplicaCount)
	}
	autoscaling := spec.Child("autoscaling")
	if v.c.Spec.Autoscaling.Enabled {
		v.errorf(autoscaling.Child("enabled"), "must be false: Chroma is a single writer and cannot be scaled out; give the pod more memory and CPU in spec.resources")
		return
	}
	if v.isChanged(autoscaling, v.c.Spec.Autoscaling, DefaultSpec().Autoscaling) {
		v.infof(autoscaling, "has no effect: Chroma cannot be scaled out")
	}
}

func (v *validator) validateImages() {
	spec := field.NewPath("spec")
	v.validateImage(v.c.Spec.Image, v.caps.Version, spec.Child("image"))
	initImage := spec.Child("initImage")
	v.validateImage(v.c.Spec.InitImage, "", initImage)
	if v.caps.BasicAuth && v.c.AuthType(v.caps) != BasicType && v.isChanged(initImage, v.c.Spec.InitImage, DefaultSpec().InitImage) {
		v.infof(initImage, "has no effect: only basic authentication needs it")
	}
	for path, secrets := range map[*field.Path][]LocalReference{
		spec.Child("imagePullSecrets"):                 v.c.Spec.ImagePullSecrets,
		spec.Child("global").Child("imagePullSecrets"): v.c.Spec.Global.ImagePullSecrets,
	} {
		for i, secret := range secrets {
			v.mustBe(path.Index(i).Child("name"), validation.IsDNS1123Subdomain(secret.Name))
		}
	}
}

// validateSupport warns of every value that the server does not heed, as the chroma tags of the types say.
func (v *validator) validateSupport() {
	v.validateSupportOf(reflect.ValueOf(v.c.Spec), reflect.ValueOf(DefaultSpec()), field.NewPath("spec"))
}

func (v *validator) validateSupportOf(value, byDefault reflect.Value, path *field.Path) {
	fields := fieldsOf(value.Type())
	for _, key := range keys(fields) {
		f := fields[key]
		at, own := path.Child(key), value.FieldByIndex(f.Index)
		capability, checked, _ := strings.Cut(f.Tag.Get("chroma"), ",")
		switch {
		case checked != "" || !v.isChanged(at, own.Interface(), byDefault.FieldByIndex(f.Index).Interface()):
		case capability != "" && !v.caps.Has(capability):
			v.warnf(at, "has no effect on Chroma %s; it needs %s", v.caps.Version, version.Support(capability))
		case own.Kind() == reflect.Struct && f.Type.PkgPath() == reflect.TypeFor[Spec]().PkgPath():
			v.validateSupportOf(own, byDefault.FieldByIndex(f.Index), at)
		}
	}
}

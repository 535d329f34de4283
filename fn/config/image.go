package config

import (
	"errors"
	"regexp"
	"strings"

	"github.com/distribution/reference"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/chromafn/chroma-fn/fn/version"
)

// Reference is the image's full name. The registry of the image wins over the global one, as the chart documents it;
// the digest wins over the tag, and the tag over the default.
func (i Image) Reference(globalRegistry, defaultTag string) string {
	name := i.Repository
	if registry := firstOf(i.Registry, globalRegistry); registry != "" {
		name = registry + "/" + name
	}
	if i.Digest != "" {
		return name + "@" + i.Digest
	}
	return name + ":" + firstOf(i.Tag, defaultTag)
}

// firstOf returns the first string that is not empty.
func firstOf(values ...string) string {
	for _, value := range values {
		if value != "" {
			return value
		}
	}
	return ""
}

// Capabilities finds the Chroma version that the objects are made for, and what it can do: that of
// chromadb.apiVersion, else of a semantic image.tag, else of DefaultChromaVersion.
func (c *ChromaConfig) Capabilities() (version.Capabilities, []Problem) {
	v := &validator{c: c}
	apiVersion := field.NewPath("spec", "chromadb", "apiVersion")
	image := field.NewPath("spec", "image")
	wanted, tag := c.Spec.Chromadb.APIVersion, c.Spec.Image.Tag
	switch {
	case wanted != "":
		v.lookUp(wanted, apiVersion)
		if tag != "" && tag != wanted && c.Spec.Image.Digest == "" {
			v.warnf(image.Child("tag"), "is %s while chromadb.apiVersion is %s: the pod runs the first with objects made for the second", tag, wanted)
		}
	case tag != "":
		v.lookUp(tag, image.Child("tag"))
	default:
		v.lookUp(DefaultChromaVersion, apiVersion)
		if c.Spec.Image.Digest != "" {
			v.warnf(image.Child("digest"), "does not tell the version: the objects are made for Chroma %s; set spec.chromadb.apiVersion to the version of this image", DefaultChromaVersion)
			break
		}
		v.infof(apiVersion, "is not set: the objects are made for Chroma %s, now and with later releases; pin it", DefaultChromaVersion)
	}
	return v.caps, v.problems
}

// lookUp sets the capabilities of a version that stands at the path.
func (v *validator) lookUp(wanted string, path *field.Path) {
	caps, err := version.For(wanted)
	v.caps = caps
	switch {
	case errors.Is(err, version.ErrTooOld):
		v.errorf(path, "%s is too old: the oldest Chroma version served is %s", wanted, version.Oldest)
	case err != nil && path.String() == "spec.image.tag":
		v.errorf(path, "%q does not tell the version; set spec.chromadb.apiVersion to the Chroma version of this image, such as %s", wanted, version.Newest)
	case err != nil:
		v.errorf(path, "%q is not a version; write it in full, such as %q", wanted, version.Newest)
	case caps.Standing == version.Newer:
		v.warnf(path, "%s is newer than %s, the newest Chroma version known here: the objects are made as for that one", wanted, version.Newest)
	case caps.Standing == version.Unreleased:
		v.warnf(path, "Chroma %s was never released: its image may not exist", wanted)
	}
}

var digestPattern = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)

// validateImage checks the parts of an image and then the reference that they make.
func (v *validator) validateImage(i Image, defaultTag string, path *field.Path) {
	name := i.Repository[strings.LastIndex(i.Repository, "/")+1:]
	switch {
	case i.Repository == "":
		v.errorf(path.Child("repository"), "is empty; name the image, such as %s", DefaultSpec().Image.Repository)
	case strings.Contains(name, "@"):
		v.errorf(path.Child("repository"), "holds a digest; write it in %s", path.Child("digest"))
	case strings.Contains(name, ":"):
		v.errorf(path.Child("repository"), "holds a tag; write it in %s", path.Child("tag"))
	case i.Digest != "" && !digestPattern.MatchString(i.Digest):
		v.errorf(path.Child("digest"), "must be sha256: and 64 hexadecimal digits, not %q", i.Digest)
	case i.Digest == "" && firstOf(i.Tag, defaultTag) == "":
		v.errorf(path.Child("tag"), "is empty, and so is the digest; write one of them")
	default:
		full := i.Reference(v.c.Spec.Global.ImageRegistry, defaultTag)
		if _, err := reference.Parse(full); err != nil {
			v.errorf(path, "%q is not an image reference: %v", full, err)
		}
	}
}

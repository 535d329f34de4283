// Package chroma gets real Chroma servers, and makes of each what its image is.
//
// The server of 1.0.0 and newer is published also as a native module of Node, which holds the whole program, its
// command line included. A script of ten lines stands in for the program's own start; the rest of an image is a Debian
// with dumb-init, as in the upstream Dockerfile.
package chroma

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"

	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// A Release is one version of the server.
type Release struct {
	// Version is that of Chroma: the tag of its image.
	Version string
	// Binding is the version of the npm package that holds the server. Neither it nor what the server says of itself is
	// the version of Chroma: see rust/js_bindings/package.json at each tag of chroma-core/chroma.
	Binding string
	// Integrity is what the registry says of the package, in its own form.
	Integrity string
}

// Releases are the servers that the tests start, the oldest first. 1.0.15 ends at once at SIGTERM, and its
// database is older than the schemas of 1.3.0; the others stand for their minor versions.
var Releases = []Release{
	{"1.0.15", "1.0.1", "sha512-Aw4WB+ojLgwcbopOLz2JnrmoCSRPUPmP9TBz1RUaZ3qTFINoyULkT1l6aD/O7leBZFYxRMLFQRfiCKp5uU+xYg=="},
	{"1.3.5", "1.1.1", "sha512-RcvBcECbUcFXlFM2httdGc+3wmkI76tD9iGS0H9npEhz4LyLvdXKBK8CZtw67hsHCH09KklKw4ITkSS85pHVbA=="},
	{"1.4.1", "1.2.1", "sha512-hu9Wg8J9narhYDbckNtTT4H3xt7oN37XMKjC2YenA8JFxaPDT8JXoX3NcA/64eqi33SB8tf7Dn12Ys90Jp60GA=="},
	{"1.5.9", "1.3.4", "sha512-HmTUe7PEIaBngCQ70Yyle81z2wYyg9OMgJYyRUNBYCBp4ED6zTmdaOro41Vs/c/h2UyQeBXFIKNmHDeD2Nr2fw=="},
}

// Oldest is the oldest release.
func Oldest() string { return Releases[0].Version }

// Newest is the newest release.
func Newest() string { return Releases[len(Releases)-1].Version }

// Pull returns the image of a name: a server's by its tag. Any other name is plain Debian, whose shell and tools
// are all that init containers need here.
func Pull(ctx context.Context, name string) (kubelet.Image, error) {
	if runtime.GOARCH != "amd64" {
		return kubelet.Image{}, fmt.Errorf("the servers of the tests are for amd64, not %s", runtime.GOARCH)
	}
	debian, err := debian(ctx)
	if err != nil {
		return kubelet.Image{}, err
	}
	image := kubelet.Image{
		Layers: []string{debian},
		Env:    []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
	}
	repository, tag, _ := strings.Cut(name, ":")
	if repository != "ghcr.io/chroma-core/chroma" {
		return image, nil
	}
	known := append(slices.Clone(Releases), Early)
	at := slices.IndexFunc(known, func(r Release) bool { return r.Version == tag })
	if at < 0 {
		return kubelet.Image{}, fmt.Errorf("manifest unknown: the tests have no server %s", tag)
	}
	program, err := known[at].unpacked(ctx)
	if err != nil {
		return kubelet.Image{}, err
	}
	image.Layers = []string{program, debian}
	image.Entrypoint = []string{"dumb-init", "--", "chroma"}
	image.Command = []string{"run", "/config.yaml"}
	return image, nil
}

package version

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Oldest is the oldest Chroma version that is served.
const Oldest = oldest

// Newest is the newest Chroma version that the tables were checked against.
const Newest = newestReviewed

var (
	// ErrNotSemantic says that a version is not of the form MAJOR.MINOR.PATCH.
	ErrNotSemantic = errors.New("not a semantic version")
	// ErrTooOld says that a version is older than [Oldest].
	ErrTooOld = errors.New("older than " + Oldest)
)

// Standing tells how a version relates to the releases that the table knows.
type Standing int

const (
	// Released is a release between Oldest and Newest.
	Released Standing = iota
	// Unreleased is a version between Oldest and Newest that upstream never tagged.
	Unreleased
	// Newer is a version after Newest; it is given the capabilities of Newest.
	Newer
)

// For returns the capabilities of a Chroma version such as "1.5.3". The error is ErrNotSemantic or ErrTooOld. A
// pre-release counts as the release that it precedes.
func For(version string) (Capabilities, error) {
	v, err := semver.StrictNewVersion(version)
	if err != nil {
		return Capabilities{}, fmt.Errorf("%q: %w", version, ErrNotSemantic)
	}
	release := semver.New(v.Major(), v.Minor(), v.Patch(), "", "")
	if release.LessThan(semver.MustParse(oldest)) {
		return Capabilities{}, fmt.Errorf("%q: %w", version, ErrTooOld)
	}
	caps := Capabilities{Version: version, Standing: standing(release)}
	fields := reflect.ValueOf(&caps).Elem()
	for _, f := range facts {
		if f.covers(release) {
			fields.FieldByName(f.field).Set(reflect.ValueOf(f.value))
		}
	}
	return caps, nil
}

// Has reports whether the capability of that name, a field of Capabilities, is there.
func (c Capabilities) Has(name string) bool {
	return !reflect.ValueOf(c).FieldByName(name).IsZero()
}

// Support words the releases that have the capability of that name, a field of Capabilities, such as "1.0.16 and
// newer" or "0.4.23 to 0.6.3".
func Support(name string) string {
	var ranges []string
	for _, f := range facts {
		if f.field == name {
			ranges = append(ranges, between(f.since, f.before))
		}
	}
	return strings.Join(slices.Compact(ranges), ", ")
}

// between words a range of releases.
func between(since, before string) string {
	switch {
	case before == "" && since == oldest:
		return "all versions"
	case before == "":
		return since + " and newer"
	case since == lastBefore(before):
		return since
	case before == rustServer:
		return since + " to " + lastPython
	case since == oldest:
		return "before " + before
	default:
		return since + " to " + lastBefore(before)
	}
}

// lastBefore is the last release before a version.
func lastBefore(version string) string {
	if below := releaseBefore(version); below != "" {
		return below
	}
	last := ""
	for _, release := range lastReleases {
		if semver.MustParse(release).LessThan(semver.MustParse(version)) {
			last = release
		}
	}
	return last
}

// covers reports whether the release lies within the fact's range.
func (f fact) covers(release *semver.Version) bool {
	return !release.LessThan(semver.MustParse(f.since)) &&
		(f.before == "" || release.LessThan(semver.MustParse(f.before)))
}

// standing finds how a release relates to the known ones.
func standing(release *semver.Version) Standing {
	switch {
	case release.GreaterThan(semver.MustParse(newestReviewed)):
		return Newer
	case slices.Contains(neverReleased, release.String()):
		return Unreleased
	}
	for _, last := range lastReleases {
		l := semver.MustParse(last)
		if l.Major() == release.Major() && l.Minor() == release.Minor() && !release.GreaterThan(l) {
			return Released
		}
	}
	return Unreleased
}

// releaseBefore is the release below a version that is not the first of its minor version; of such a one it is empty.
func releaseBefore(version string) string {
	v := semver.MustParse(version)
	if v.Patch() == 0 {
		return ""
	}
	return semver.New(v.Major(), v.Minor(), v.Patch()-1, "", "").String()
}

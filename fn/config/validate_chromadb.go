package config

import (
	"net/netip"
	"net/url"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
)

// systemDirectories hold what every image runs or the kernel provides, so that a volume over one of them, or inside,
// keeps the server from starting.
var systemDirectories = []string{"/bin", "/dev", "/etc", "/lib", "/lib64", "/proc", "/sbin", "/sys", "/tmp", "/usr"}

func (v *validator) validatePaths() {
	chromadb := field.NewPath("spec", "chromadb")
	db := v.c.Spec.Chromadb
	data := chromadb.Child("persistDirectory")
	isFree := v.validateAbsolutePath(db.PersistDirectory, data) && v.validateMountPoint(db.PersistDirectory, data)
	if db.SqliteFilename != "" {
		v.validateSqliteFilename(db.SqliteFilename, chromadb.Child("sqliteFilename"))
	}
	if isFree && v.caps.ReadsLogConfig {
		v.validateLogPath(chromadb.Child("logConfigFileLocation"), data)
	}
}

// validateSqliteFilename keeps the database on the volume.
func (v *validator) validateSqliteFilename(file string, at *field.Path) {
	if strings.TrimSpace(file) != file || file == "" || !filepath.IsLocal(file) || path.Clean(file) != file || file == "." || strings.ContainsFunc(file, unicode.IsControl) {
		v.errorf(at, "must be the name of a file below spec.chromadb.persistDirectory, such as chroma.sqlite3; it is %q: the database would not be on the volume", file)
	}
}

// logPathPattern is what the entry point of the image passes on unharmed: it evaluates its arguments as a shell does.
var logPathPattern = regexp.MustCompile(`^[A-Za-z0-9._/-]+$`)

// validateLogPath checks where the logging configuration is mounted: beside the data, in a file that uvicorn reads as
// YAML.
func (v *validator) validateLogPath(at, data *field.Path) {
	location := v.c.Spec.Chromadb.LogConfigFileLocation
	if !v.validateAbsolutePath(location, at) {
		return
	}
	switch persist := v.c.Spec.Chromadb.PersistDirectory; {
	case !logPathPattern.MatchString(location):
		v.errorf(at, "must consist of letters, digits and ._/- alone; it is %q", location)
	case !strings.HasSuffix(location, ".yaml") && !strings.HasSuffix(location, ".yml"):
		v.errorf(at, "must end in .yaml or .yml, which is how the server tells the format; it is %q", location)
	case isWithin(persist, location) || isWithin(location, HtpasswdDirectory) || slices.ContainsFunc(kernelDirectories, func(d string) bool { return isWithin(location, d) }):
		v.errorf(at, "no file can be mounted at %s; choose another place, such as %s", location, DefaultSpec().Chromadb.LogConfigFileLocation)
	case isWithin(location, persist):
		v.errorf(at, "%s is on the data volume (%s); choose another place, such as %s", location, data, DefaultSpec().Chromadb.LogConfigFileLocation)
	}
}

// kernelDirectories are no place for a file.
var kernelDirectories = []string{"/dev", "/proc", "/sys"}

// validateAbsolutePath checks the form of a path in the container.
func (v *validator) validateAbsolutePath(p string, at *field.Path) bool {
	switch {
	case !strings.HasPrefix(p, "/"):
		v.errorf(at, "must be an absolute path, such as %s, not %q", DefaultSpec().Chromadb.PersistDirectory, p)
	case slices.Contains(strings.Split(p, "/"), "..") || strings.ContainsAny(p, ":$") || strings.ContainsFunc(p, unicode.IsControl):
		v.errorf(at, "must not contain .., a colon, a dollar sign or control characters; it is %q", p)
	default:
		return true
	}
	return false
}

// validateMountPoint refuses a data volume that would hide what the image runs.
func (v *validator) validateMountPoint(directory string, at *field.Path) bool {
	instead := v.caps.ImageDataDirectory
	if instead == "/data" {
		instead = "/data or /chroma/chroma"
	} else {
		instead += " or /data"
	}
	if directory == "/" {
		v.errorf(at, "/ would hide the whole image; use %s", instead)
		return false
	}
	for _, system := range systemDirectories {
		if isWithin(directory, system) {
			v.errorf(at, "%s would hide what the image needs in %s; use %s", directory, system, instead)
			return false
		}
	}
	program := v.caps.ProgramDirectory
	switch {
	case program != "" && (directory == program || isWithin(directory, program+"/chromadb")):
		v.errorf(at, "%s would hide the server's own code; use %s", directory, instead)
	case program != "" && isWithin(directory, HtpasswdDirectory):
		v.errorf(at, "%s holds the passwords of basic authentication; use %s", directory, instead)
	case v.caps.ConfigFile != "" && isWithin(directory, v.caps.ConfigFile):
		v.errorf(at, "%s is the server's configuration file; use %s", directory, instead)
	default:
		return true
	}
	return false
}

// HtpasswdDirectory is where the password file of basic authentication is mounted, as in the chart.
const HtpasswdDirectory = "/chroma/auth"

// isWithin reports whether a cleaned path is the directory or lies below it.
func isWithin(p, directory string) bool {
	return path.Clean(p) == path.Clean(directory) || strings.HasPrefix(path.Clean(p), strings.TrimSuffix(path.Clean(directory), "/")+"/")
}

// smallestVolume holds an empty database of every version, while it is written too.
var smallestVolume = resource.MustParse("1Mi")

func (v *validator) validateData() {
	chromadb := field.NewPath("spec", "chromadb")
	at, data := chromadb.Child("data"), v.c.Spec.Chromadb.Data
	if !v.c.Spec.Chromadb.IsPersistent {
		v.warnf(chromadb.Child("isPersistent"), "is false: the data lives in the pod and is lost whenever it is replaced")
		if v.isChanged(at, data, DefaultSpec().Chromadb.Data) {
			v.infof(at, "has no effect: %s is false", chromadb.Child("isPersistent"))
		}
		return
	}
	switch size := at.Child("volumeSize"); {
	case !isPositive(data.VolumeSize):
		v.errorf(size, "must be more than 0, such as 10Gi, not %s", data.VolumeSize.String())
	case !isWhole(data.VolumeSize):
		v.errorf(size, "%s is a fraction of a byte; did you mean %s?", data.VolumeSize.String(), inMebibytes(data.VolumeSize))
	case data.VolumeSize.Cmp(smallestVolume) < 0:
		v.errorf(size, "%s is %d bytes, and the server panics at its start where it cannot write an empty database, for which it needs %s; write a size such as 10Gi",
			data.VolumeSize.String(), data.VolumeSize.Value(), smallestVolume.String())
	}
	if class := data.StorageClass; class != nil && *class != "" && *class != "-" {
		v.mustBe(at.Child("storageClass"), validation.IsDNS1123Subdomain(*class))
	}
	if data.RetentionPolicyOnDelete == "Delete" {
		v.warnf(at.Child("retentionPolicyOnDelete"), "Delete loses all data when the StatefulSet is deleted, by an uninstall or a prune; Retain keeps it")
	}
	v.validateAccessModes(data.AccessModes, at.Child("accessModes"))
}

func (v *validator) validateAccessModes(modes []string, at *field.Path) {
	switch {
	case len(modes) == 0 || slices.Contains(modes, ""):
		v.errorf(at, "must name a mode, such as ReadWriteOnce")
	case len(modes) > 1 && slices.Contains(modes, "ReadWriteOncePod"):
		v.errorf(at, "ReadWriteOncePod cannot be combined with another mode")
	case slices.Contains(modes, "ReadWriteMany"):
		v.warnf(at, "ReadWriteMany is mostly a network file system, on which SQLite's locks are unreliable; one pod writes, so ReadWriteOnce suffices")
	}
}

func (v *validator) validateLogging() {
	path := field.NewPath("spec", "chromadb")
	db := v.c.Spec.Chromadb
	if db.LogConfigMap == "" || !v.caps.ReadsLogConfig {
		return
	}
	v.mustBe(path.Child("logConfigMap"), validation.IsDNS1123Subdomain(db.LogConfigMap))
	if v.isChanged(path.Child("logging"), db.Logging, DefaultSpec().Chromadb.Logging) {
		v.warnf(path.Child("logging"), "has no effect: the levels come from %s", path.Child("logConfigMap"))
	}
}

func (v *validator) validateMaintenance() {
	path := field.NewPath("spec", "chromadb", "maintenance")
	m, byDefault := v.c.Spec.Chromadb.Maintenance, DefaultSpec().Chromadb.Maintenance
	if v.caps.CachesSegments && m.CollectionCachePolicy == "" && m.CollectionCacheLimitBytes != byDefault.CollectionCacheLimitBytes {
		v.infof(path.Child("collection_cache_limit_bytes"), "has no effect: it needs collection_cache_policy LRU")
	}
}

var cratePattern = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func (v *validator) validateTelemetry() {
	path := field.NewPath("spec", "chromadb", "telemetry")
	t, byDefault := v.c.Spec.Chromadb.Telemetry, DefaultSpec().Chromadb.Telemetry
	for i, filter := range t.Filters {
		at := path.Child("filters").Index(i)
		if !cratePattern.MatchString(filter.CrateName) {
			v.errorf(at.Child("crate_name"), "must be the name of a crate, with underscores, such as chroma_frontend, not %q", filter.CrateName)
		}
		if filter.FilterLevel == "" {
			v.errorf(at.Child("filter_level"), "is required: trace, debug, info, warn or error")
		}
	}
	switch {
	case t.Enabled && t.Endpoint == "":
		v.errorf(path.Child("endpoint"), "is required while telemetry is enabled: the URL of a collector's OTLP/gRPC port, such as http://otel-collector:4317")
	case t.Enabled:
		v.validateEndpoint(t.Endpoint, path.Child("endpoint"))
		if t.ServiceName == "" {
			v.errorf(path.Child("serviceName"), "is empty; name the database in the traces")
		}
	case len(t.Filters) > 0 && v.caps.ReadsConfigFile:
		v.errorf(path.Child("filters"), "needs telemetry.enabled and telemetry.endpoint: filters without an endpoint make the server panic at its start")
	case t.Endpoint != "":
		v.warnf(path.Child("endpoint"), "has no effect: %s is false", path.Child("enabled"))
	case t.ServiceName != byDefault.ServiceName:
		v.infof(path.Child("serviceName"), "has no effect: %s is false", path.Child("enabled"))
	}
}

// validateEndpoint checks the address of a collector; a URL that the server cannot parse makes it panic.
func (v *validator) validateEndpoint(endpoint string, at *field.Path) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !isHost(u.Hostname()) || strings.ContainsAny(endpoint, "\"<>`") || strings.ContainsFunc(endpoint, notPrintableASCII) {
		v.errorf(at, "must be a URL such as http://otel-collector:4317, not %s", quoted(endpoint))
	}
}

// hostPattern is a name of a host. Go's parser takes characters that no name has, and some make the server panic.
var hostPattern = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// isHost reports whether a name or an address may stand in a URL.
func isHost(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || hostPattern.MatchString(host)
}

// quoted is a URL for a message, without the user and the password that may stand in it.
func quoted(text string) string {
	if strings.Contains(text, "@") {
		return "this one"
	}
	return strconv.Quote(text)
}

func notPrintableASCII(r rune) bool {
	return r <= ' ' || r > '~'
}

func (v *validator) validateCORS() {
	at := field.NewPath("spec", "chromadb", "corsAllowOrigins")
	for i, origin := range v.c.Spec.Chromadb.CORSAllowOrigins {
		v.validateOrigin(origin, at.Index(i))
	}
}

// validateOrigin checks one origin: a server panics on what no HTTP header can hold, and a browser never sends an
// origin with a path.
func (v *validator) validateOrigin(origin string, at *field.Path) {
	u, err := url.Parse(origin)
	switch {
	case origin == "*" || origin == "null":
	case origin == "" || strings.ContainsFunc(origin, notPrintableASCII):
		v.errorf(at, "must be an origin of printable ASCII characters, such as https://app.example.com, not %s", quoted(origin))
	case err != nil || u.Scheme == "" || u.Host == "":
		v.warnf(at, "%s matches no web page: an origin is scheme, host and port, such as https://app.example.com", quoted(origin))
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		v.warnf(at, "%s matches no web page: an origin ends after host and port, without a path or a slash", quoted(origin))
	}
}

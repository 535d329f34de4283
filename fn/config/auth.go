package config

import (
	"fmt"
	"strings"
	"unicode"

	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/chromafn/chroma-fn/fn/version"
)

// The types of authentication.
const (
	TokenType = "token"
	BasicType = "basic"
)

// AuthType is the type of authentication that the server is to enforce: TokenType, BasicType or, where it is off or
// the version lacks it, the empty string.
func (c *ChromaConfig) AuthType(caps version.Capabilities) string {
	auth := c.Spec.Chromadb.Auth
	if !auth.Enabled || !supportsAuth(auth.Type, caps) {
		return ""
	}
	return auth.Type
}

func supportsAuth(authType string, caps version.Capabilities) bool {
	if authType == BasicType {
		return caps.BasicAuth
	}
	return caps.TokenAuth
}

// credentials returns the paths of all credentials that the user gave, for whichever type.
func (v *validator) credentials() []*field.Path {
	path := field.NewPath("spec", "chromadb", "auth")
	auth := v.c.Spec.Chromadb.Auth
	var given []*field.Path
	if auth.ExistingSecret != "" {
		given = append(given, path.Child("existingSecret"))
	}
	if auth.Token.Value != "" {
		given = append(given, path.Child("token", "value"))
	}
	if auth.Basic.Password != "" {
		given = append(given, path.Child("basic", "password"))
	}
	return given
}

func (v *validator) validateAuth() {
	path := field.NewPath("spec", "chromadb", "auth")
	auth := v.c.Spec.Chromadb.Auth
	credentials := v.credentials()
	v.validateUnusedAuth(path)
	switch {
	case !auth.Enabled:
	case v.caps.ReadsConfigFile:
		v.validateAuthOfRust(path, credentials)
	case !supportsAuth(auth.Type, v.caps):
		v.validateMissingAuth(path, credentials)
	default:
		v.validateEnforcedAuth(path)
	}
}

// validateAuthOfRust speaks to those who believe that the Rust server checks credentials.
func (v *validator) validateAuthOfRust(path *field.Path, credentials []*field.Path) {
	enabled := path.Child("enabled")
	for _, given := range credentials {
		v.errorf(given, "would protect nothing: Chroma %s has no authentication (%s had it), so that everyone who reaches the Service could read and delete all data. "+
			"Remove it, and restrict who reaches the Service", v.caps.Version, version.Support("BasicAuth"))
	}
	switch {
	case len(credentials) > 0:
	case v.c.IsSet(enabled.String()):
		v.warnf(enabled, "has no effect: Chroma %s has no authentication (%s had it); the database is open to everyone who reaches the Service. Set it to false and restrict who reaches it", v.caps.Version, version.Support("BasicAuth"))
	default:
		v.infof(enabled, "is true by default and has no effect: Chroma %s has no authentication; the database is open to everyone who reaches the Service", v.caps.Version)
	}
}

// validateUnusedAuth speaks of settings that the wanted authentication does not read: a warning where somebody may
// believe in a credential or in a setting of another server, else an info.
func (v *validator) validateUnusedAuth(path *field.Path) {
	auth, byDefault := v.c.Spec.Chromadb.Auth, DefaultSpec().Chromadb.Auth
	isOn, ownSecret := auth.Enabled && !v.caps.ReadsConfigFile, auth.ExistingSecret == ""
	isToken, isBasic := isOn && auth.Type == TokenType, isOn && auth.Type == BasicType
	for _, setting := range []struct {
		at                     *field.Path
		isSet, isRead, isTrust bool
	}{
		{path.Child("type"), auth.Type != byDefault.Type, isOn, false},
		{path.Child("existingSecret"), !ownSecret, isOn, true},
		{path.Child("secretName"), auth.SecretName != byDefault.SecretName, isOn && ownSecret, false},
		{path.Child("basic", "username"), auth.Basic.Username != byDefault.Basic.Username, isBasic && ownSecret, false},
		{path.Child("basic", "password"), auth.Basic.Password != "", isBasic && ownSecret, true},
		{path.Child("token", "headerType"), auth.Token.HeaderType != byDefault.Token.HeaderType, isToken, false},
		{path.Child("token", "value"), auth.Token.Value != "", isToken && ownSecret, true},
	} {
		switch {
		case !setting.isSet || setting.isRead:
		case v.caps.ReadsConfigFile && auth.Enabled && setting.isTrust:
			// validateAuthOfRust refuses it.
		case v.caps.ReadsConfigFile && auth.Enabled:
			v.warnf(setting.at, "has no effect on Chroma %s; it needs %s", v.caps.Version, version.Support("BasicAuth"))
		case setting.isTrust:
			v.warnf(setting.at, "has no effect: %s", v.whyUnused(path))
		default:
			v.infof(setting.at, "has no effect: %s", v.whyUnused(path))
		}
	}
}

// whyUnused says why a setting of authentication is not read.
func (v *validator) whyUnused(path *field.Path) string {
	auth := v.c.Spec.Chromadb.Auth
	switch {
	case !auth.Enabled:
		return path.Child("enabled").String() + " is false and the database is open"
	case auth.ExistingSecret != "":
		return fmt.Sprintf("%s is set and the type is %s", path.Child("existingSecret"), auth.Type)
	default:
		return fmt.Sprintf("%s is %s", path.Child("type"), auth.Type)
	}
}

// validateMissingAuth speaks of versions that have no authentication yet, or none of this type.
func (v *validator) validateMissingAuth(path *field.Path, credentials []*field.Path) {
	auth := v.c.Spec.Chromadb.Auth
	const ranges = "Chroma %s has no %s authentication (token: %s; basic: %s)"
	args := []any{v.caps.Version, auth.Type, version.Support("TokenAuth"), version.Support("BasicAuth")}
	asked := v.c.IsSet(path.Child("enabled").String()) || v.c.IsSet(path.Child("type").String()) || len(credentials) > 0
	if asked {
		v.errorf(path, ranges+": the database would be open. Set spec.chromadb.auth.enabled to false to accept that, or choose another version or type", args...)
		return
	}
	v.warnf(path, ranges+": the database is open to everyone who reaches the Service", args...)
}

// validateEnforcedAuth checks the credentials of a server that will enforce them.
func (v *validator) validateEnforcedAuth(path *field.Path) {
	auth := v.c.Spec.Chromadb.Auth
	if v.caps.LeaksWithoutCredentials {
		v.warnf(field.NewPath("spec", "chromadb", "apiVersion"), "authentication of Chroma %s has holes: anyone can delete a database and count a collection without credentials; pin 0.6.2", v.caps.Version)
	}
	inlinePath, inline := path.Child("token", "value"), auth.Token.Value
	if auth.Type == BasicType {
		inlinePath, inline = path.Child("basic", "password"), auth.Basic.Password
	}
	if auth.SecretName != "" {
		v.mustBe(path.Child("secretName"), validation.IsDNS1123Subdomain(auth.SecretName))
	}
	switch {
	case auth.ExistingSecret != "":
		v.mustBe(path.Child("existingSecret"), validation.IsDNS1123Subdomain(auth.ExistingSecret))
	case inline == "":
		v.errorf(path, "authentication is on and has no credentials, and a render must not invent any. Create a Secret with %s and name it in %s, or set %s to false to accept an open database",
			secretKeys(auth.Type), path.Child("existingSecret"), path.Child("enabled"))
	default:
		v.warnf(inlinePath, "is readable by everyone who can read this resource or its history; prefer %s", path.Child("existingSecret"))
		v.validateInlineCredentials(path)
	}
}

// secretKeys words the keys that a Secret of that type of authentication has.
func secretKeys(authType string) string {
	if authType == BasicType {
		return "the keys username and password"
	}
	return "the key token"
}

// maxPassword is how many bytes of a password bcrypt looks at.
const maxPassword = 72

func (v *validator) validateInlineCredentials(path *field.Path) {
	auth := v.c.Spec.Chromadb.Auth
	if auth.Type == BasicType {
		username, password := path.Child("basic", "username"), path.Child("basic", "password")
		switch {
		case auth.Basic.Username == "":
			v.errorf(username, "is empty; name the user")
		case strings.Contains(auth.Basic.Username, ":") || strings.ContainsFunc(auth.Basic.Username, unicode.IsControl):
			v.errorf(username, "must not contain a colon or a control character: HTTP basic authentication ends the name at the first colon")
		}
		switch {
		case strings.ContainsFunc(auth.Basic.Password, unicode.IsControl):
			v.errorf(password, "must not contain a line break or another control character")
		case len(auth.Basic.Password) > maxPassword:
			v.errorf(password, "is longer than %d bytes, which is all that bcrypt looks at", maxPassword)
		case !v.caps.PasswordAllowsColon && strings.Contains(auth.Basic.Password, ":"):
			v.errorf(password, "must not contain a colon: Chroma %s would refuse every request; it needs %s", v.caps.Version, version.Support("PasswordAllowsColon"))
		}
		return
	}
	value := path.Child("token", "value")
	switch {
	case v.caps.TokenAlphanumericOnly && strings.ContainsFunc(auth.Token.Value, notAlphanumeric):
		v.errorf(value, "must consist of ASCII letters and digits: anything else crashes Chroma %s", v.caps.Version)
	case strings.ContainsFunc(auth.Token.Value, func(r rune) bool { return r <= ' ' || r > '~' }):
		v.errorf(value, "must consist of ASCII letters, digits and punctuation, without spaces")
	}
}

func notAlphanumeric(r rune) bool {
	return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

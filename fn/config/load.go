package config

import (
	"path"
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

// Is reports whether the node is a ChromaConfig of any version of our API group.
func Is(node *yaml.RNode) bool {
	// kyaml's getters panic on anything else.
	if node.IsNil() || node.YNode().Kind != yaml.MappingNode {
		return false
	}
	group, _, _ := strings.Cut(node.GetApiVersion(), "/")
	return node.GetKind() == Kind && group == Group
}

// Load reads a ChromaConfig over the defaults. The problems are those of its form: unknown fields, wrong types,
// values out of range, older names. Where they have errors, the result must not be used.
func Load(node *yaml.RNode) (*ChromaConfig, []Problem) {
	c := &ChromaConfig{Spec: DefaultSpec()}
	d := &decoder{set: map[string]bool{}, nulls: map[string]bool{}}
	if got := node.GetApiVersion(); got != APIVersion {
		d.errorf(field.NewPath("apiVersion"), "must be %s, not %q", APIVersion, got)
		return c, d.problems
	}
	d.decodeRoot(node.YNode(), c)
	c.set, c.nulls = d.set, d.nulls
	c.applyOldNames(d)
	if host, err := listenAddress(c.Spec.Chromadb.ServerHost); err == nil {
		c.Spec.Chromadb.ServerHost = host.String()
	}
	if directory := strings.TrimSpace(c.Spec.Chromadb.PersistDirectory); directory != "" {
		c.Spec.Chromadb.PersistDirectory = path.Clean(directory)
	}
	return c, d.problems
}

// decodeRoot reads the resource. Its metadata may hold whatever Kubernetes and the hosts put there.
func (d *decoder) decodeRoot(node *yaml.Node, c *ChromaConfig) {
	root := reflect.ValueOf(c).Elem()
	fields := fieldsOf(root.Type())
	for _, e := range d.entries(d.resolve(node, nil), nil) {
		at := field.NewPath(e.key)
		switch f, known := fields[e.key]; {
		case e.key == "metadata":
			d.decodeMetadata(e.value, &c.Metadata, at)
		case known:
			d.decode(e.value, root.FieldByIndex(f.Index), at, f.Tag)
		default:
			d.errorf(at, "unknown field%s", suggest(e.key, fields))
		}
	}
}

// decodeMetadata reads the fields of the metadata that matter here and leaves the others alone.
func (d *decoder) decodeMetadata(node *yaml.Node, into *Metadata, at *field.Path) {
	node = d.resolve(node, at)
	if node == nil || isNull(node) {
		return
	}
	if node.Kind != yaml.MappingNode {
		d.errorf(at, "must be a map, not %s", describe(node))
		return
	}
	value := reflect.ValueOf(into).Elem()
	fields, others := fieldsOf(value.Type()), fieldsOf(reflect.TypeFor[metav1.ObjectMeta]())
	for _, e := range d.entries(node, at) {
		if f, known := fields[e.key]; known {
			d.decode(e.value, value.FieldByIndex(f.Index), at.Child(e.key), f.Tag)
		} else if _, known := others[e.key]; !known {
			d.errorf(at.Child(e.key), "unknown field%s", suggest(e.key, others))
		}
	}
}

// IsSet reports whether the user wrote a value other than null for the field of that path, such as
// spec.chromadb.auth.enabled.
func (c *ChromaConfig) IsSet(path string) bool {
	return c.set[path]
}

// IsNull reports whether the user wrote null for the field of that path.
func (c *ChromaConfig) IsNull(path string) bool {
	return c.nulls[path]
}

// applyOldNames moves values that were written under the first chart's names to where they belong.
func (c *ChromaConfig) applyOldNames(d *decoder) {
	chromadb := field.NewPath("spec", "chromadb")
	data, token := chromadb.Child("data"), chromadb.Child("auth", "token")
	db := &c.Spec.Chromadb
	if old := chromadb.Child("dataVolumeSize"); d.renamed(old, data.Child("volumeSize")) && db.DataVolumeSize != nil {
		db.Data.VolumeSize = *db.DataVolumeSize
	}
	if old := chromadb.Child("dataVolumeStorageClass"); d.renamed(old, data.Child("storageClass")) {
		db.Data.StorageClass = db.DataVolumeStorageClass
	}
	if old := token.Child("tokenHeader"); d.renamed(old, token.Child("headerType")) && db.Auth.Token.TokenHeader != nil {
		enum, _ := reflect.TypeFor[TokenAuth]().FieldByName("HeaderType")
		header, ok := matchEnum(*db.Auth.Token.TokenHeader, enum.Tag.Get("enum"))
		if !ok {
			d.errorf(old, "must be Authorization or X-Chroma-Token")
		}
		db.Auth.Token.HeaderType = header
	}
	if old := chromadb.Child("apiImpl"); d.set[old.String()] {
		d.warnf(old, "has no effect: every server that is served has one implementation; remove it")
	}
}

// renamed reports whether the value of an older name counts, and says that the name is old.
func (d *decoder) renamed(old, current *field.Path) bool {
	if !d.set[old.String()] {
		return false
	}
	if d.set[current.String()] {
		d.errorf(old, "is the older name of %s, which is set too; remove this one", current)
		return false
	}
	d.set[current.String()] = true
	d.warnf(old, "is the first chart's name; write %s instead", current)
	return true
}

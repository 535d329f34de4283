package fn

import (
	"path"
	"strconv"
	"strings"

	"sigs.k8s.io/kustomize/kyaml/kio/kioutil"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn/config"
)

// The marks of a generated object. Matching goes by them and never by the current name, which the host may have
// prefixed since.
const (
	// ownerAnnotation names the ChromaConfig: its namespace, which may be empty, a slash and its name, as they were
	// when it was first rendered. The ChromaConfig remembers them in the same annotation.
	ownerAnnotation = config.Group + "/owner"
	// identityAnnotation is the object's identity as it was generated: kind, a slash and its name.
	identityAnnotation = config.Group + "/generated"
)

// object is a generated object.
type object struct {
	node     *yaml.RNode
	identity string
}

// newObject marks a freshly generated node.
func newObject(node *yaml.RNode, owner string) object {
	o := object{node: node, identity: node.GetKind() + "/" + node.GetName()}
	o.annotate(ownerAnnotation, owner)
	o.annotate(identityAnnotation, o.identity)
	return o
}

func (o object) annotate(key, value string) {
	annotations := o.node.GetAnnotations()
	annotations[key] = value
	// Setting the annotations of a mapping node cannot fail.
	_ = o.node.SetAnnotations(annotations)
}

// address is what an API server tells objects apart by.
type address struct {
	group, kind, namespace, name string
}

func addressOf(node *yaml.RNode) address {
	group, _, versioned := strings.Cut(node.GetApiVersion(), "/")
	if !versioned {
		group = ""
	}
	return address{group, node.GetKind(), node.GetNamespace(), node.GetName()}
}

// checkCollisions fails where a generated object would take the place of another ChromaConfig's or of a stranger.
func checkCollisions(list *ResourceList, rendered []rendering) {
	owners := map[address]source{}
	for _, r := range rendered {
		said := map[string]bool{}
		for _, o := range r.objects {
			at := addressOf(o.node)
			if other, taken := owners[at]; taken && !said[other.owner()] {
				said[other.owner()] = true
				list.fail(r.source.located(), "metadata.name", "its %s %q is also made by the %s %q; set spec.fullnameOverride, or spec.chromadb.auth.secretName for the Secret", at.kind, at.name, config.Kind, other.name())
			}
			owners[at] = r.source
		}
	}
	for _, item := range list.Items {
		owner, taken := owners[addressOf(item)]
		if taken && !config.Is(item) && item.GetAnnotations()[ownerAnnotation] != owner.owner() {
			list.fail(item, "metadata.name", "the %s %q makes an object of this kind and name, and this one is not its own: remove it, or annotate it with %s: %s to have it replaced",
				config.Kind, owner.name(), ownerAnnotation, owner.owner())
		}
	}
}

// mergeInto puts the objects into the list: each takes the place, and with it the host's annotations, of its earlier
// self; new ones go to the end, and those that the source no longer yields go away.
func (r rendering) mergeInto(list *ResourceList) error {
	fresh := map[string]object{}
	for _, o := range r.objects {
		fresh[o.identity] = o
	}
	var items []*yaml.RNode
	for _, item := range list.Items {
		if item.GetAnnotations()[ownerAnnotation] != r.source.owner() || config.Is(item) {
			items = append(items, item)
			continue
		}
		identity := generatedIdentity(item)
		if o, wanted := fresh[identity]; wanted {
			o.takeOver(item)
			items = append(items, o.node)
			delete(fresh, identity)
		}
	}
	for _, o := range r.objects {
		if _, isNew := fresh[o.identity]; isNew {
			o.place(r.source, list.Items)
			items = append(items, o.node)
		}
	}
	list.Items = items
	return r.source.keep()
}

// generatedIdentity is the identity with which an object of ours was generated. One that was handed over to us has
// no mark yet and is taken by its present name.
func generatedIdentity(item *yaml.RNode) string {
	if mark := item.GetAnnotations()[identityAnnotation]; mark != "" {
		return mark
	}
	return item.GetKind() + "/" + item.GetName()
}

// hostAnnotations are the annotations, by prefix, with which hosts keep track of an item: its file, its comments and
// the order of its fields come back by them.
var hostAnnotations = []string{
	"internal.config.kubernetes.io/",
	// The older twins, which hosts still set beside them.
	"config.kubernetes.io/path",
	"config.kubernetes.io/index",
	"config.k8s.io/id",
}

// takeOver copies the host's annotations of the item that the object replaces.
func (o object) takeOver(old *yaml.RNode) {
	for key, value := range old.GetAnnotations() {
		for _, prefix := range hostAnnotations {
			if strings.HasPrefix(key, prefix) {
				o.annotate(key, value)
			}
		}
	}
}

// place asks the host to write a new object into a file of its own beside that of its ChromaConfig, after what may be
// in that file already.
func (o object) place(s source, items []*yaml.RNode) {
	file := s.file()
	if file == "" {
		return
	}
	file = path.Join(path.Dir(file), strings.ToLower(o.node.GetKind())+"_"+o.node.GetName()+".yaml")
	index := 0
	for _, item := range items {
		if at, n, err := kioutil.GetFileAnnotations(item); err == nil && at == file {
			index = max(index, atoi(n)+1)
		}
	}
	o.annotate(kioutil.PathAnnotation, file)
	o.annotate(kioutil.IndexAnnotation, strconv.Itoa(index))
}

// keep marks the ChromaConfig among the items: it is not to be applied to a cluster, which does not know it, and it
// remembers the name under which its objects know it.
func (s source) keep() error {
	if s.item == nil {
		return nil
	}
	if err := s.item.PipeE(yaml.SetAnnotation(ownerAnnotation, s.owner())); err != nil {
		return err
	}
	if s.item.GetAnnotations()[LocalConfigAnnotation] != "" {
		return nil
	}
	return s.item.PipeE(yaml.SetAnnotation(LocalConfigAnnotation, "true"))
}

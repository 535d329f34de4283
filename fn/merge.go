package fn

import (
	"fmt"
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
	// OwnerAnnotation names the ChromaConfig of a generated object: its namespace, which may be empty, a slash and its
	// name, as they were when it was first rendered. The ChromaConfig remembers them in the same annotation.
	OwnerAnnotation = config.Group + "/owner"
	// identityAnnotation is the object's identity as it was generated: kind, a slash and its name.
	identityAnnotation = config.Group + "/generated"
)

// IsGenerated reports whether an item was generated from a ChromaConfig.
func IsGenerated(item *yaml.RNode) bool {
	return item.GetAnnotations()[OwnerAnnotation] != "" && !config.Is(item)
}

// object is a generated object.
type object struct {
	node     *yaml.RNode
	identity string
}

// newObject marks a freshly generated node.
func newObject(node *yaml.RNode, owner string) object {
	o := object{node: node, identity: node.GetKind() + "/" + node.GetName()}
	o.annotate(OwnerAnnotation, owner)
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
	group, _, versioned := strings.Cut(valueOf(node, "apiVersion"), "/")
	if !versioned {
		group = ""
	}
	return address{group, valueOf(node, "kind"), valueOf(node, "metadata", "namespace"), valueOf(node, "metadata", "name")}
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
				list.fail(r.source.located(), "metadata.name", "its %s %q is also made by the %s %q; give it another name by spec.fullnameOverride, spec.serviceAccount.name or spec.chromadb.auth.secretName", at.kind, at.name, config.Kind, other.name())
			}
			owners[at] = r.source
		}
	}
	for _, item := range list.Items {
		owner, taken := owners[addressOf(item)]
		if taken && !config.Is(item) && item.GetAnnotations()[OwnerAnnotation] != owner.owner() {
			list.fail(item, "metadata.name", "the %s %q makes an object of this kind and name, and this one is not its own: remove it, or annotate it with %s: %s to have it replaced",
				config.Kind, owner.name(), OwnerAnnotation, owner.owner())
		}
	}
}

// merge puts the objects of all renderings into the list: each takes the place, and with it the host's annotations, of
// its earlier self; new ones go to the end, and those that their ChromaConfig no longer yields go away.
func merge(list *ResourceList, rendered []rendering) error {
	byOwner := map[string]map[string]object{}
	for _, r := range rendered {
		fresh := map[string]object{}
		for _, o := range r.objects {
			fresh[o.identity] = o
		}
		byOwner[r.source.owner()] = fresh
	}
	before, free := list.Items, newPlaces(list.Items)
	list.Items = nil
	for _, item := range before {
		fresh, isOurs := byOwner[item.GetAnnotations()[OwnerAnnotation]]
		if !isOurs || config.Is(item) {
			list.Items = append(list.Items, item)
			continue
		}
		identity := generatedIdentity(item)
		if o, wanted := fresh[identity]; wanted {
			o.takeOver(item)
			list.Items = append(list.Items, o.node)
			delete(fresh, identity)
		}
	}
	for _, r := range rendered {
		for _, o := range r.objects {
			if _, isNew := byOwner[r.source.owner()][o.identity]; isNew {
				free.put(o, r.source)
				list.Items = append(list.Items, o.node)
			}
		}
		if err := r.source.keep(); err != nil {
			return fmt.Errorf("mark %s: %w", r.source.name(), err)
		}
	}
	return nil
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

// packageAnnotation is the package of an item under kpt, whose paths are relative to the item's own package.
const packageAnnotation = "internal.config.kubernetes.io/package-path"

// place is a file of a package.
type place struct {
	kptPackage, file string
}

// places are the files of a list with the next free index in each.
type places map[place]int

func newPlaces(items []*yaml.RNode) places {
	p := places{}
	for _, item := range items {
		if file, index, err := kioutil.GetFileAnnotations(item); err == nil && file != "" {
			at := place{item.GetAnnotations()[packageAnnotation], file}
			p[at] = max(p[at], atoi(index)+1)
		}
	}
	return p
}

// put asks the host to write a new object into a file of its own beside that of its ChromaConfig, after what may be in
// that file already.
func (p places) put(o object, s source) {
	file := s.file()
	if file == "" {
		return
	}
	at := place{
		kptPackage: s.located().GetAnnotations()[packageAnnotation],
		file:       path.Join(path.Dir(file), strings.ToLower(o.node.GetKind())+"_"+o.node.GetName()+".yaml"),
	}
	if at.kptPackage != "" {
		o.annotate(packageAnnotation, at.kptPackage)
	}
	o.annotate(kioutil.PathAnnotation, at.file)
	o.annotate(kioutil.IndexAnnotation, strconv.Itoa(p[at]))
	p[at]++
}

// keep marks the ChromaConfig among the items: it is not to be applied to a cluster, which does not know it, and it
// remembers the name under which its objects know it.
func (s source) keep() error {
	if s.item == nil {
		return nil
	}
	if err := s.item.PipeE(yaml.SetAnnotation(OwnerAnnotation, s.owner())); err != nil {
		return err
	}
	if s.item.GetAnnotations()[LocalConfigAnnotation] != "" {
		return nil
	}
	return s.item.PipeE(yaml.SetAnnotation(LocalConfigAnnotation, "true"))
}

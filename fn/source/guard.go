package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/kustomize/kyaml/yaml"

	"github.com/chromafn/chroma-fn/fn"
	"github.com/chromafn/chroma-fn/fn/config"
)

// guard is the file system as a source may see it: nothing outside of a root, no more than the limits, and no file
// that asks for a program to be run. Names of files stay as they were given; symbolic links count where they lead.
type guard struct {
	filesys.FileSystem
	root string
	// hint says how the root can be changed.
	hint   string
	limits Limits
	files  int
	// refusal is the first thing that was refused. kustomize tries other readings of a path after an error, and hides it.
	refusal error
	// bytes is how much was read.
	bytes int64
	// temporary is a directory beside the root that the build itself writes to, where it may fetch something.
	temporary string
	// overrides are laid over the ChromaConfigs.
	overrides fn.Overrides
	// configs are the files of the ChromaConfigs that were read, by the name of the ChromaConfig.
	configs map[string][]string
	// remotes are what files ask for that lies elsewhere.
	remotes []string
	// runsFunctions is set where functions are run, so that those that are programs must be refused.
	runsFunctions bool
	// undo is what ends the rendering, whatever its end.
	undo []func()
	// ended is set when that was done. A rendering that was interrupted goes on for a while, and must not change the
	// process any more; changes is held while it does.
	ended   bool
	changes sync.Mutex
}

var errEnded = errors.New("the rendering was ended")

// change changes the process, unless the rendering has ended.
func (g *guard) change(do func() error) error {
	g.changes.Lock()
	defer g.changes.Unlock()
	if g.ended {
		return errEnded
	}
	return do()
}

// end undoes what the rendering changed.
func (g *guard) end() {
	g.changes.Lock()
	defer g.changes.Unlock()
	for _, undo := range slices.Backward(g.undo) {
		undo()
	}
	g.undo, g.ended = nil, true
}

func newGuard(o Options) (*guard, error) {
	root := o.Root
	if root == "" && o.Path == Stdin {
		root = "."
	}
	if root == "" {
		var err error
		if root, err = defaultRoot(o.Path); err != nil {
			return nil, err
		}
	}
	resolved, err := resolve(root)
	if err != nil {
		return nil, err
	}
	hint := ""
	if o.Root == "" {
		hint = "; widen it with --root"
	}
	return &guard{hint: hint, FileSystem: filesys.MakeFsOnDisk(), root: resolved, limits: o.Limits, overrides: o.Overrides, configs: map[string][]string{}}, nil
}

// resolve makes a path absolute and follows its symbolic links.
func resolve(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}

// defaultRoot is the Git work tree around the path, else the working directory if the path lies in it, else the path's
// own directory.
func defaultRoot(path string) (string, error) {
	start, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	// A link does not count where it leads: it may lead out of the repository.
	if info, err := os.Lstat(start); err != nil || !info.IsDir() {
		start = filepath.Dir(start)
	}
	if start, err = filepath.EvalSymlinks(start); err != nil {
		return "", err
	}
	for at := start; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, ".git")); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	if working, err := resolve("."); err == nil && within(start, working) {
		return working, nil
	}
	return start, nil
}

// within reports whether a resolved path is the directory or lies below it.
func within(path, directory string) bool {
	return path == directory || strings.HasPrefix(path, strings.TrimSuffix(directory, string(filepath.Separator))+string(filepath.Separator))
}

// check refuses a path that leads outside of the root.
func (g *guard) check(path string) error {
	resolved, err := resolve(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if !within(resolved, g.root) && (g.temporary == "" || !within(resolved, g.temporary)) {
		return g.refuse(fmt.Errorf("%s is outside of %s, beyond which nothing is read%s", path, g.root, g.hint))
	}
	return nil
}

// refuse remembers an error that must not get lost.
func (g *guard) refuse(err error) error {
	if g.refusal == nil {
		g.refusal = err
	}
	return err
}

// CleanedAbs is how kustomize opens directories.
func (g *guard) CleanedAbs(path string) (filesys.ConfirmedDir, string, error) {
	if err := g.check(path); err != nil {
		return "", "", err
	}
	return g.FileSystem.CleanedAbs(path)
}

// Open opens a file that has passed ReadFile's checks.
func (g *guard) Open(path string) (filesys.File, error) {
	if _, err := g.ReadFile(path); err != nil {
		return nil, err
	}
	return g.FileSystem.Open(path)
}

// ReadFile reads a file within the bounds.
func (g *guard) ReadFile(path string) ([]byte, error) {
	if err := g.check(path); err != nil {
		return nil, err
	}
	if g.files++; g.limits.Files > 0 && g.files > g.limits.Files {
		return nil, g.refuse(fmt.Errorf("%s: more than %d files are read", path, g.limits.Files))
	}
	if info, err := os.Stat(path); err == nil && (!info.Mode().IsRegular() && !info.IsDir()) {
		return nil, g.refuse(fmt.Errorf("%s is no regular file", path))
	} else if err == nil && g.limits.FileBytes > 0 && info.Size() > g.limits.FileBytes {
		return nil, g.refuse(fmt.Errorf("%s has %d bytes, more than the limit of %d", path, info.Size(), g.limits.FileBytes))
	}
	text, err := g.FileSystem.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if g.bytes += int64(len(text)); g.limits.Bytes > 0 && g.bytes > g.limits.Bytes {
		return nil, g.refuse(fmt.Errorf("%s: more than %d bytes are read in all", path, g.limits.Bytes))
	}
	if err := g.inspect(text, path, 0); err != nil {
		return nil, g.refuse(fmt.Errorf("%s: %w", path, err))
	}
	return text, nil
}

var (
	errAliases = errors.New("holds too many values once its YAML aliases are followed")
	errPlugin  = errors.New("names a plugin by a path (apiVersion), which is refused")
	errOption  = errors.New("names a revision that begins with a dash, which git would take for an option")
	errExec    = errors.New("names a program to be run (exec), which is refused; name the container image instead")
)

// maxNesting is how deep YAML within strings is looked into; kustomize knows one level.
const maxNesting = 3

// inspect looks into a file that may be YAML. What is no YAML is left to whoever reads it.
func (g *guard) inspect(text []byte, path string, depth int) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		document := &yaml.Node{}
		if err := decoder.Decode(document); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			// Whoever reads the file says better what is wrong with it.
			return nil
		}
		if g.limits.Nodes > 0 && size(document, g.limits.Nodes, map[*yaml.Node]int{}) > g.limits.Nodes {
			return errAliases
		}
		if err := g.inspectObject(yaml.NewRNode(document), path); err != nil {
			return err
		}
		if depth > 0 && document.Kind == yaml.DocumentNode && document.Content[0].Kind == yaml.ScalarNode {
			// A word is no YAML within YAML.
			continue
		}
		if err := g.inspectNode(document, path, depth); err != nil {
			return err
		}
	}
}

// inspectObject refuses plugins named by a path, and takes note of ChromaConfigs.
func (g *guard) inspectObject(node *yaml.RNode, path string) error {
	if node.YNode().Kind != yaml.MappingNode {
		return nil
	}
	if strings.Contains(node.GetApiVersion(), "..") {
		return errPlugin
	}
	if config.Is(node) {
		return g.noteConfig(node.GetName(), path)
	}
	return nil
}

// size counts the values of a node with its aliases followed, up to a little over the limit. An alias within itself
// counts as too many.
func size(node *yaml.Node, limit int, known map[*yaml.Node]int) int {
	if node == nil {
		return 0
	}
	if n, seen := known[node]; seen {
		return n
	}
	known[node] = limit + 1
	n := 1 + size(node.Alias, limit, known)
	for _, child := range node.Content {
		if n += size(child, limit, known); n > limit {
			n = limit + 1
			break
		}
	}
	known[node] = n
	return n
}

// inspectNode refuses functions that run programs, and takes note of what lies elsewhere.
func (g *guard) inspectNode(node *yaml.Node, path string, depth int) error {
	for _, child := range node.Content {
		if err := g.inspectNode(child, path, depth); err != nil {
			return err
		}
	}
	if node.Kind != yaml.ScalarNode {
		return nil
	}
	if hasOptionForGit(node.Value) {
		return errOption
	}
	if slices.Contains(markers, filepath.Base(path)) && isRemote(node.Value) {
		g.remotes = append(g.remotes, withoutUser(node.Value))
	}
	switch {
	case g.runsFunctions && runsProgram(node.Value):
		return errExec
	case depth < maxNesting && (strings.Contains(node.Value, "apiVersion") || strings.Contains(node.Value, "annotations")):
		// Generators and patches may stand inline, as text.
		return g.inspect([]byte(node.Value), path, depth+1)
	default:
		return nil
	}
}

// isRemote reports whether a text may name a base that lies elsewhere.
func isRemote(text string) bool {
	return strings.Contains(text, "://") || strings.HasPrefix(text, "git@") || strings.Contains(text, "?ref=")
}

// withoutUser is a URL without what may be a password.
func withoutUser(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "a URL"
	}
	u.User = nil
	return u.String()
}

// hasOptionForGit reports whether a text is a remote base whose revision git would take for an option: kustomize passes
// it on as it is.
func hasOptionForGit(text string) bool {
	_, query, found := strings.Cut(text, "?")
	if !found {
		return false
	}
	// What cannot be parsed whole is parsed as far as it goes, by kustomize too.
	values, _ := url.ParseQuery(query)
	return strings.HasPrefix(values.Get("ref"), "-") || strings.HasPrefix(values.Get("version"), "-")
}

// runsProgram reports whether a text is the declaration of a function that is a program.
func runsProgram(text string) bool {
	if !strings.Contains(text, "exec") {
		return false
	}
	// kustomize skips a program without a path as silently as one that it may not run.
	var declaration map[string]any
	if yaml.Unmarshal([]byte(text), &declaration) != nil {
		return false
	}
	program, declares := declaration["exec"]
	fields, _ := program.(map[string]any)
	for field := range fields {
		declares = declares && slices.Contains([]string{"path", "args", "envs"}, field)
	}
	return declares
}

// Package cluster runs the real programs of Kubernetes for the end-to-end tests. It builds them from Go modules whose
// files are committed, so that a clone, Go and the module proxy are all that is needed.
package cluster

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"golang.org/x/mod/sumdb/dirhash"
)

// A Tool is a program that is built from a module whose files pin every version.
type Tool struct {
	// Name is the name of the binary.
	Name string
	// Module is the directory of the module, absolute or below the module of the tests.
	Module string
	// Package is the import path of the program, or a path like ./cmd/x within the module.
	Package string
	// LDFlags are passed to the linker.
	LDFlags string
}

// Build returns the path of a tool's binary, which lies in a cache outside the repository. It is built once for each
// state of its module, its flags and Go; of two processes that want it at the same time one builds and one waits.
func Build(ctx context.Context, tool Tool) (binary string, err error) {
	module, arguments, directory, err := tool.plan(ctx)
	if err != nil {
		return "", fmt.Errorf("build %s: %w", tool.Name, err)
	}
	binary = filepath.Join(directory, tool.Name)
	if exists(binary) {
		return binary, nil
	}
	if err := os.MkdirAll(directory, 0o755); err != nil {
		return "", fmt.Errorf("build %s: %w", tool.Name, err)
	}
	lock := flock.New(filepath.Join(directory, "lock"))
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return "", fmt.Errorf("build %s: wait for another build: %w", tool.Name, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if exists(binary) {
		return binary, nil
	}
	if err := compile(ctx, module, arguments, binary); err != nil {
		return "", fmt.Errorf("build %s: %w", tool.Name, err)
	}
	return binary, nil
}

// plan returns where a tool is built, with what, and the directory of the cache that is for this build alone.
func (t Tool) plan(ctx context.Context) (module string, arguments []string, directory string, err error) {
	root, platform, err := goEnvironment(ctx)
	if err != nil {
		return "", nil, "", err
	}
	module = t.directory(root)
	// Two at a time: the compiler needs up to 2 GB for some packages of Kubernetes.
	arguments = []string{"build", "-p", "2", "-trimpath", "-buildvcs=false", "-ldflags", t.LDFlags, t.Package}
	// Own source files count as much as go.mod and go.sum: some tools are a main of ours around a library.
	files, err := dirhash.HashDir(module, "", dirhash.Hash1)
	if err != nil {
		return "", nil, "", err
	}
	cache, err := cacheDirectory()
	if err != nil {
		return "", nil, "", err
	}
	sum := sha256.Sum256(fmt.Append(nil, arguments, files, platform))
	return module, arguments, filepath.Join(cache, "e2e", t.Name+"-"+hex.EncodeToString(sum[:8])), nil
}

// directory is where the module is, given the one of the tests.
func (t Tool) directory(root string) string {
	if filepath.IsAbs(t.Module) {
		return t.Module
	}
	return filepath.Join(root, t.Module)
}

// compile builds under another name first: a binary that has its name is whole.
func compile(ctx context.Context, module string, arguments []string, binary string) error {
	log.Printf("building %s, which is done once", binary)
	began := time.Now()
	partial := binary + ".partial"
	command := exec.CommandContext(ctx, "go", append([]string{arguments[0], "-o", partial}, arguments[1:]...)...)
	command.Dir = module
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, output)
	}
	if err := os.Rename(partial, binary); err != nil {
		return err
	}
	log.Printf("built %s in %s", filepath.Base(binary), time.Since(began).Round(time.Second))
	return nil
}

// goEnvironment returns the directory of the module that the caller runs in, and what a build depends on besides files.
func goEnvironment(ctx context.Context) (root, platform string, err error) {
	var stderr bytes.Buffer
	command := exec.CommandContext(ctx, "go", "env", "GOMOD", "GOVERSION", "GOOS", "GOARCH")
	command.Env = append(os.Environ(), "GOWORK=off")
	command.Stderr = &stderr
	output, err := command.Output()
	if err != nil {
		return "", "", fmt.Errorf("go env: %w\n%s", err, stderr.String())
	}
	file, platform, _ := strings.Cut(string(output), "\n")
	return filepath.Dir(file), platform, nil
}

// cacheDirectory is where everything that the tests build or fetch is kept.
func cacheDirectory() (string, error) {
	if directory := os.Getenv("CHROMA_FN_CACHE"); directory != "" {
		return directory, nil
	}
	directory, err := os.UserCacheDir()
	return filepath.Join(directory, "chroma-fn"), err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

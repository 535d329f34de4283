package chroma

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"

	"github.com/chromafn/chroma-fn/tests/e2e/cluster"
)

// bindings is the npm package of the server.
const bindings = "chromadb-js-bindings-linux-x64-gnu"

// start stands in for the program `chroma`.
//
//go:embed start.js
var start []byte

// imageConfig is the configuration that the upstream image holds, for containers that mount none over it.
const imageConfig = "persist_path: \"/data\"\n"

// debianRelease is the release whose C library the newer servers need; theirs is built on "stable".
const debianRelease = "trixie"

// debian is the root file system below every image.
func debian(ctx context.Context) (string, error) {
	return cluster.Cached(ctx, "debian-"+debianRelease, func(directory string) error {
		program, err := find("debootstrap", "debootstrap")
		if err != nil {
			return err
		}
		command := exec.CommandContext(ctx, program, "--variant=minbase", "--include=nodejs,dumb-init", debianRelease, directory)
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("debootstrap: %w\n%s", err, output)
		}
		for _, name := range []string{"var/cache/apt", "var/lib/apt", "usr/share/doc", "usr/share/locale", "debootstrap"} {
			if err := os.RemoveAll(filepath.Join(directory, name)); err != nil {
				return err
			}
		}
		return nil
	})
}

// unpacked is the layer of an image that holds the server.
func (r Release) unpacked(ctx context.Context) (string, error) {
	key := sha256.Sum256(append([]byte(r.Integrity), start...))
	return cluster.Cached(ctx, "chroma-"+r.Version+"-"+hex.EncodeToString(key[:8]), func(directory string) error {
		npm, err := find("npm", "npm")
		if err != nil {
			return err
		}
		download, err := os.MkdirTemp("", "chroma-fn-e2e-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(download)
		command := exec.CommandContext(ctx, npm, "pack", "--silent", "--pack-destination", download, bindings+"@"+r.Binding)
		command.Dir = download
		if output, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("npm pack: %w\n%s", err, output)
		}
		archive := filepath.Join(download, bindings+"-"+r.Binding+".tgz")
		if err := r.verify(archive); err != nil {
			return err
		}
		return r.unpack(archive, directory)
	})
}

// find finds a program, or says how to get it.
func find(program, pkg string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("getting a server needs %s: on Debian .ci/install installs it, or as root: apt-get install %s", program, pkg)
	}
	return path, nil
}

// verify compares an archive with what the registry said of it when it was pinned.
func (r Release) verify(archive string) error {
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	hash := sha512.New()
	if _, err := io.Copy(hash, file); err != nil {
		return err
	}
	if got := "sha512-" + base64.StdEncoding.EncodeToString(hash.Sum(nil)); got != r.Integrity {
		return fmt.Errorf("%s@%s is not what was pinned: %s, not %s", bindings, r.Binding, got, r.Integrity)
	}
	return nil
}

// unpack lays the server, its start and the image's configuration out.
func (r Release) unpack(archive, directory string) error {
	for _, name := range []string{"usr/lib/chroma", "usr/local/bin"} {
		if err := os.MkdirAll(filepath.Join(directory, name), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(directory, "config.yaml"), []byte(imageConfig), 0o644); err != nil {
		return err
	}
	// An executable for everyone is the point.
	if err := os.WriteFile(filepath.Join(directory, "usr/local/bin/chroma"), start, 0o755); err != nil {
		return err
	}
	file, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer file.Close()
	compressed, err := gzip.NewReader(file)
	if err != nil {
		return err
	}
	for entries := tar.NewReader(compressed); ; {
		entry, err := entries.Next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("%s holds no %s", archive, moduleFile)
		}
		if err != nil {
			return err
		}
		if path.Base(entry.Name) == moduleFile {
			return writeModule(filepath.Join(directory, "usr/lib/chroma", moduleFile), entries)
		}
	}
}

// moduleFile is the server within the package.
const moduleFile = "chromadb-js-bindings.linux-x64-gnu.node"

func writeModule(file string, content io.Reader) error {
	module, err := os.Create(file)
	if err != nil {
		return err
	}
	_, err = io.Copy(module, content)
	return errors.Join(err, module.Close())
}

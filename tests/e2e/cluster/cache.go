package cluster

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// Cached returns the directory of the cache that has a name, and has it made first where it is missing. Its name must
// change with all that it depends on. A directory that has its name is whole.
func Cached(ctx context.Context, name string, fill func(directory string) error) (directory string, err error) {
	cache, err := cacheDirectory()
	if err != nil {
		return "", err
	}
	directory = filepath.Join(cache, "e2e", name)
	if exists(directory) {
		return directory, nil
	}
	if err := os.MkdirAll(filepath.Dir(directory), 0o755); err != nil {
		return "", err
	}
	lock := flock.New(directory + ".lock")
	if _, err := lock.TryLockContext(ctx, 200*time.Millisecond); err != nil {
		return "", fmt.Errorf("make %s: wait for another one: %w", name, err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if exists(directory) {
		return directory, nil
	}
	log.Printf("making %s, which is done once", directory)
	partial := directory + ".partial"
	if err := errors.Join(os.RemoveAll(partial), os.Mkdir(partial, 0o755)); err != nil {
		return "", err
	}
	if err := fill(partial); err != nil {
		return "", fmt.Errorf("make %s: %w", name, err)
	}
	return directory, os.Rename(partial, directory)
}

package argocdplugin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/gofrs/flock"
)

// slotPoll is how often a waiting call looks for a free slot.
const slotPoll = 20 * time.Millisecond

// Slot waits until fewer than a number of calls are at work, in all processes that share the directory for temporary
// files, and returns what ends the call's own work. cmp-server starts a process for every request at once: after a
// change of a large repository those of fifty applications, whose memory would add up.
func Slot(ctx context.Context, limit int) (release func(), err error) {
	directory := filepath.Join(os.TempDir(), "chroma-fn-slots-"+strconv.Itoa(os.Getuid()))
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("make a directory for locks: %w", err)
	}
	for {
		for i := range limit {
			lock := flock.New(filepath.Join(directory, strconv.Itoa(i)), flock.SetPermissions(0o600))
			isFree, err := lock.TryLock()
			if err != nil {
				return nil, fmt.Errorf("lock %s: %w", lock.Path(), err)
			}
			if isFree {
				return func() { _ = lock.Close() }, nil
			}
			_ = lock.Close()
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the time ran out while %d others were at work: %w", limit, context.Cause(ctx))
		case <-time.After(slotPoll):
		}
	}
}

package argocdplugin

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A call waits for a slot until one is free or its time is over.
func TestSlot(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	first, err := Slot(t.Context(), 2)
	require.NoError(t, err)
	second, err := Slot(t.Context(), 2)
	require.NoError(t, err)
	short, cancel := context.WithTimeout(t.Context(), 3*slotPoll)
	defer cancel()
	_, err = Slot(short, 2)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "while 2 others were at work")

	time.AfterFunc(2*slotPoll, first)
	third, err := Slot(t.Context(), 2)
	require.NoError(t, err)
	second()
	third()
}

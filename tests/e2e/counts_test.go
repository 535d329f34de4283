package e2e_test

import (
	"fmt"
	"strings"
	"sync/atomic"
)

// counter is one line of the closing table: how often something was done.
type counter struct {
	what string
	atomic.Int64
}

// counters are the lines of the closing table.
var counters []*counter

// newCounter adds a line to the closing table.
func newCounter(what string) *counter {
	c := &counter{what: what}
	counters = append(counters, c)
	return c
}

// What was done with the cluster.
var (
	namespacesMade = newCounter("namespaces made")
	objectsApplied = newCounter("objects applied")
	rollouts       = newCounter("StatefulSets rolled out")
	claimsBound    = newCounter("claims bound")
	casesTried     = newCounter("goldens and examples tried")
	pairsJudged    = newCounter("pairs of switches judged")
	cellsTried     = newCounter("matrix cells tried")
	changesTried   = newCounter("changes of a value tried")
	upgradesTried  = newCounter("upgrades of the version tried")
	namesTried     = newCounter("names tried")
)

// What Argo CD did.
var (
	argoApplications = newCounter("applications rendered by Argo CD")
	argoRefused      = newCounter("hostile applications refused through Argo CD")
	argoCompared     = newCounter("objects compared with the cluster's by Argo CD")
)

// What was done with real servers.
var (
	serversStarted  = newCounter("Chroma servers started")
	versionsStarted = newCounter("versions of Chroma among them")
	fuzzedRenders   = newCounter("of them from fuzzed renders")
	faultsSurvived  = newCounter("faults survived")
)

// closingTable words what was done; what was not is left out.
func closingTable() string {
	var table strings.Builder
	for _, c := range counters {
		if done := c.Load(); done > 0 {
			fmt.Fprintf(&table, "%7d %s\n", done, c.what)
		}
	}
	return table.String()
}

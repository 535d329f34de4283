package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chromafn/chroma-fn/fn/version"
	"github.com/chromafn/chroma-fn/tests/e2e/kubelet"
)

// upgrade is a step from one release to the next one at which the server changes.
type upgrade struct {
	from, to, namespace string
	auth                map[string]any
	live                deployment
	// claim is the one that holds the data before the upgrade.
	claim types.UID
}

// A running database goes from each row of the version table to the next, with each kind of authentication that both
// have: the API server refuses nothing, the new pod becomes ready, and the data stays on its volume.
func TestUpgradeToEachVersion(t *testing.T) {
	upgrades := upgradesOfVersions(t)
	t.Run("before", func(t *testing.T) {
		eachUpgrade(t, upgrades, func(t *testing.T, u *upgrade) {
			u.live = deployment{u.from + " to " + u.to, newSession(t), render(t, u.config(u.from)).objects(t)}
			u.live.session.createNamespace(t, u.namespace, restricted)
			u.live.apply(t)
		})
	})
	t.Run("upgrade", func(t *testing.T) {
		eachUpgrade(t, upgrades, func(t *testing.T, u *upgrade) {
			u.live.settle(t)
			u.claim = u.dataClaim(t)
			u.live.objects = render(t, u.config(u.to)).objects(t)
			u.live.apply(t)
		})
	})
	t.Run("after", func(t *testing.T) {
		eachUpgrade(t, upgrades, func(t *testing.T, u *upgrade) {
			u.live.settle(t)
			assert.Equal(t, u.claim, u.dataClaim(t), "%s: the data is on another volume", u.live.name)
			assert.Equal(t, "ghcr.io/chroma-core/chroma:"+u.to, u.pod(t).Spec.Containers[0].Image)
			upgradesTried.Add(1)
		})
	})
}

// upgradesOfVersions are the steps, each with every kind of authentication that both versions have.
func upgradesOfVersions(t *testing.T) []*upgrade {
	t.Helper()
	kinds := map[string]map[string]any{
		"":          {"enabled": false},
		"BasicAuth": {"type": "basic", "existingSecret": "credentials"},
		"TokenAuth": {"type": "token", "existingSecret": "credentials"},
	}
	var upgrades []*upgrade
	releases := version.Boundaries()
	for i, to := range releases[1:] {
		before, err := version.For(releases[i])
		require.NoError(t, err)
		after, err := version.For(to)
		require.NoError(t, err)
		for capability, auth := range kinds {
			if capability == "" || before.Has(capability) && after.Has(capability) {
				upgrades = append(upgrades, &upgrade{from: releases[i], to: to, namespace: fmt.Sprintf("upgrade-%d", len(upgrades)), auth: auth})
			}
		}
	}
	return upgrades
}

func eachUpgrade(t *testing.T, upgrades []*upgrade, do func(t *testing.T, u *upgrade)) {
	t.Helper()
	byTarget := map[string][]*upgrade{}
	for _, u := range upgrades {
		byTarget[u.to] = append(byTarget[u.to], u)
	}
	for target, some := range byTarget {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			for _, u := range some {
				do(t, u)
			}
		})
	}
}

func (u *upgrade) config(release string) map[string]any {
	return chromaConfig("db", u.namespace, map[string]any{"chromadb": map[string]any{"apiVersion": release, "auth": u.auth}})
}

// pod is the pod of the database.
func (u *upgrade) pod(t *testing.T) *corev1.Pod {
	t.Helper()
	set := decode[appsv1.StatefulSet](t, u.live.statefulSets()[0])
	return decode[corev1.Pod](t, u.live.session.live(t, coreObject("Pod", u.namespace, kubelet.FirstPod(set).Name)))
}

// dataClaim is the identity of the claim that the pod mounts.
func (u *upgrade) dataClaim(t *testing.T) types.UID {
	t.Helper()
	for _, volume := range u.pod(t).Spec.Volumes {
		if source := volume.PersistentVolumeClaim; source != nil {
			return u.live.session.live(t, coreObject("PersistentVolumeClaim", u.namespace, source.ClaimName)).GetUID()
		}
	}
	require.Fail(t, "the pod mounts no claim")
	return ""
}

package manifests

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chromafn/chroma-fn/fn/config"
)

// keepAnnotations keep a claim when the tool that made it is told to prune or uninstall: Argo CD, which prunes claims
// that carry its instance label, Helm, which may own one that was adopted, and kpt. They are there whatever the
// retention policy is: the template that holds them can never change, and the policy can.
func keepAnnotations() map[string]string {
	return map[string]string{
		"argocd.argoproj.io/sync-options": "Prune=false,Delete=false",
		"helm.sh/resource-policy":         "keep",
		"cli-utils.sigs.k8s.io/on-remove": "keep",
	}
}

// dataClaim is the template of the data volume's claim. A StatefulSet cannot change it, so it holds nothing that an
// upgrade or a label could change. Kind, API version and volume mode are what the API server would add: written out,
// they are no difference to Argo CD.
func dataClaim(in Input) corev1.PersistentVolumeClaim {
	data := in.Config.Spec.Chromadb.Data
	claim := corev1.PersistentVolumeClaim{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "PersistentVolumeClaim"},
		ObjectMeta: metav1.ObjectMeta{Name: config.DataVolume, Labels: in.selectorLabels(), Annotations: keepAnnotations()},
		Spec: corev1.PersistentVolumeClaimSpec{
			StorageClassName: storageClass(data.StorageClass),
			VolumeMode:       new(corev1.PersistentVolumeFilesystem),
			Resources: corev1.VolumeResourceRequirements{
				Requests: corev1.ResourceList{corev1.ResourceStorage: data.VolumeSize.DeepCopy()},
			},
		},
	}
	for _, mode := range data.AccessModes {
		claim.Spec.AccessModes = append(claim.Spec.AccessModes, corev1.PersistentVolumeAccessMode(mode))
	}
	return claim
}

// storageClass turns the user's word into the API's: nil takes the default class, the empty name none.
func storageClass(wanted *string) *string {
	switch {
	case wanted == nil:
		return nil
	case *wanted == "-":
		return new("")
	default:
		return new(*wanted)
	}
}

// storage mounts the data. Without a claim it lives in the pod: the root file system is read-only.
func storage(in Input) part {
	db := in.Config.Spec.Chromadb
	p := part{mounts: []corev1.VolumeMount{{Name: config.DataVolume, MountPath: db.PersistDirectory}}}
	if !db.IsPersistent {
		p.volumes = []corev1.Volume{emptyDir(config.DataVolume)}
	}
	return p
}

// scratch is the only other path that the server writes to: SQLite and Python want a directory for temporary files.
func scratch(Input) part {
	return part{
		mounts:  []corev1.VolumeMount{{Name: config.TmpVolume, MountPath: "/tmp"}},
		volumes: []corev1.Volume{emptyDir(config.TmpVolume)},
	}
}

func emptyDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}
}

// memoryDir is a volume that never reaches a disk, for secrets.
func memoryDir(name string) corev1.Volume {
	return corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{
		Medium:    corev1.StorageMediumMemory,
		SizeLimit: new(resource.MustParse("1Mi")),
	}}}
}

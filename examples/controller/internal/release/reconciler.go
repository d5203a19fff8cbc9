// SPDX-License-Identifier: Apache-2.0

package release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Finalizer keeps a deleted object until its calls have ended. The object has it from
// before the first call until it is finished.
const Finalizer = "eni.cloudeni.dev/completion"

// +kubebuilder:rbac:groups=eni.cloudeni.dev,resources=interfacereleases,verbs=get;list;watch;patch;delete
// +kubebuilder:rbac:groups=eni.cloudeni.dev,resources=interfacereleases/status,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=get;create;update,namespace=cloudeni-system,roleName=cloudeni-controller-lease

// Reconciler carries out InterfaceReleases. Set its fields before SetupWithManager.
type Reconciler struct {
	// Accounts has the clients. Required.
	Accounts *Accounts

	// Poll is the delay between polls of an accepted change. Zero means from 1 s to 30 s.
	Poll Delays

	// Retry is the delay between attempts after failures. Zero means from 5 s to 5 min.
	Retry Delays

	// StuckAfter is how long an accepted change may take. After that the call is made
	// again. Zero means 10 min.
	StuckAfter time.Duration

	// Timeout bounds one call or poll with its retries. Zero means 2 min.
	Timeout time.Duration

	client client.Client
	reader client.Reader // not cached, so that unused access keys are not kept in memory
	events events.EventRecorder
	calls  *calls

	mu       sync.Mutex
	pursuits map[types.NamespacedName]*pursuit
}

// Delays double from First up to Max. Zero values mean the defaults of the field.
type Delays struct{ First, Max time.Duration }

// after returns the delay after the nth time, with jitter.
func (d Delays) after(n int, first, limit time.Duration) time.Duration {
	first, limit = cmp.Or(d.First, first), cmp.Or(d.Max, limit)
	delay := min(first<<min(max(n-1, 0), 16), limit)
	return delay - rand.N(delay/4+1)
}

// SetupWithManager adds the controller to the manager.
func (r *Reconciler) SetupWithManager(ctx context.Context, mgr ctrl.Manager, opts controller.Options) error {
	r.client, r.reader = mgr.GetClient(), mgr.GetAPIReader()
	r.events = mgr.GetEventRecorder("interfacerelease")
	r.calls = newCalls()
	r.pursuits = make(map[types.NamespacedName]*pursuit)
	if err := mgr.Add(r.calls); err != nil {
		return fmt.Errorf("add the calls: %w", err)
	}
	err := mgr.GetFieldIndexer().IndexField(ctx, &v1alpha1.InterfaceRelease{}, secretField, secretOf)
	if err != nil {
		return fmt.Errorf("index the objects: %w", err)
	}
	return ctrl.NewControllerManagedBy(mgr).
		For(&v1alpha1.InterfaceRelease{}).
		WatchesMetadata(&corev1.Secret{}, handler.EnqueueRequestsFromMapFunc(r.usersOf)).
		WatchesRawSource(source.Channel(r.calls.answered, handler.TypedEnqueueRequestsFromMapFunc(itself))).
		WithOptions(opts).
		Complete(r)
}

const secretField = "spec.credentialsSecret.name"

func secretOf(o client.Object) []string {
	release, ok := o.(*v1alpha1.InterfaceRelease)
	if !ok || release.Spec.CredentialsSecret == nil {
		return nil
	}
	return []string{release.Spec.CredentialsSecret.Name}
}

func itself(_ context.Context, name types.NamespacedName) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: name}}
}

// usersOf returns the objects that may wait for a Secret.
func (r *Reconciler) usersOf(ctx context.Context, secret client.Object) []reconcile.Request {
	var list v1alpha1.InterfaceReleaseList
	err := r.client.List(ctx, &list, client.InNamespace(secret.GetNamespace()), client.MatchingFields{secretField: secret.GetName()})
	if err != nil {
		ctrl.LoggerFrom(ctx).Error(err, "list the users of a secret", "secret", secret.GetName())
		return nil
	}
	var requests []reconcile.Request
	for i := range list.Items {
		if item := &list.Items[i]; !over(&item.Status) {
			requests = append(requests, reconcile.Request{NamespacedName: client.ObjectKeyFromObject(item)})
		}
	}
	return requests
}

// Reconcile does the next step for one object. It may wait for the API server, and
// never for a cloud. A step that the end of the manager interrupts is no error: the
// next manager repeats it.
func (r *Reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	result, err := r.step(ctx, req)
	if ctx.Err() != nil {
		return reconcile.Result{}, nil //nolint:nilerr // the next manager repeats it
	}
	return result, err
}

func (r *Reconciler) step(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	release := new(v1alpha1.InterfaceRelease)
	if err := r.client.Get(ctx, req.NamespacedName, release); err != nil {
		if apierrors.IsNotFound(err) {
			r.drop(req.NamespacedName)
		}
		return reconcile.Result{}, client.IgnoreNotFound(err)
	}
	deleted := !release.DeletionTimestamp.IsZero()
	p := r.pursuit(release)
	if p == nil {
		switch {
		case over(&release.Status), deleted && !inProgress(&release.Status):
			return r.finish(ctx, release)
		case !controllerutil.ContainsFinalizer(release, Finalizer):
			return reconcile.Result{}, r.hold(ctx, release)
		}
		p = r.pursue(release)
	}
	if p.answer != nil {
		select {
		case p.attempt = <-p.answer:
			p.answer, p.dirty = nil, true
		default:
			return reconcile.Result{}, nil // the answer brings the object back
		}
	}
	if p.dirty {
		if err := r.record(ctx, p); err != nil {
			return reconcile.Result{}, r.unlessOvertaken(req.NamespacedName, err)
		}
	}
	switch {
	case p.attempt != nil:
		return r.poll(ctx, p)
	case over(&p.object.Status) && !over(&release.Status) && !deleted:
		return reconcile.Result{}, nil // the cache is behind; its update brings the object back
	case over(&p.object.Status), deleted && !inProgress(&p.object.Status):
		r.drop(req.NamespacedName)
		return r.finish(ctx, release)
	}
	result, err := r.begin(ctx, p, deleted)
	return result, r.unlessOvertaken(req.NamespacedName, err)
}

// hold adds the finalizer. The write brings the object back.
func (r *Reconciler) hold(ctx context.Context, release *v1alpha1.InterfaceRelease) error {
	if !release.DeletionTimestamp.IsZero() {
		return nil
	}
	held := release.DeepCopy()
	controllerutil.AddFinalizer(held, Finalizer)
	return r.patch(ctx, release, held)
}

// finish removes the finalizer of a finished object, so that it can be deleted without
// a controller. If its time to live is over, finish deletes it.
func (r *Reconciler) finish(ctx context.Context, release *v1alpha1.InterfaceRelease) (reconcile.Result, error) {
	if controllerutil.ContainsFinalizer(release, Finalizer) {
		free := release.DeepCopy()
		controllerutil.RemoveFinalizer(free, Finalizer)
		return reconcile.Result{}, r.patch(ctx, release, free) // the write brings the object back
	}
	kept, limited := remaining(release, time.Now())
	switch {
	case !limited || !release.DeletionTimestamp.IsZero():
		return reconcile.Result{}, nil
	case kept > 0:
		return reconcile.Result{RequeueAfter: kept}, nil
	}
	err := r.client.Delete(ctx, release, client.Preconditions{UID: &release.UID})
	if apierrors.IsConflict(err) { // another object of this name
		err = nil
	}
	return reconcile.Result{}, client.IgnoreNotFound(err)
}

// remaining returns how long to keep an object, if that is limited.
func remaining(release *v1alpha1.InterfaceRelease, now time.Time) (time.Duration, bool) {
	ttl := release.Spec.TTLSecondsAfterFinished
	finished := meta.FindStatusCondition(release.Status.Conditions, v1alpha1.ConditionFinished)
	if ttl == nil || finished == nil || finished.Status != metav1.ConditionTrue {
		return 0, false
	}
	return finished.LastTransitionTime.Add(time.Duration(*ttl) * time.Second).Sub(now), true
}

// patch writes metadata. If the cache was behind, its update brings the object back.
func (r *Reconciler) patch(ctx context.Context, before, after *v1alpha1.InterfaceRelease) error {
	err := r.client.Patch(ctx, after, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsConflict(err) {
		return nil
	}
	return client.IgnoreNotFound(err)
}

// errNoCredentials: the Secret is missing or incomplete, or there is no identity.
var errNoCredentials = errors.New("no credentials")

// keysOf returns the credentials of a Secret, or, if none is named, those of the
// controller's own identity.
func keysOf(ctx context.Context, accounts *Accounts, reader client.Reader, from origin) (Credentials, error) {
	if from.secret.Name == "" {
		if err := accounts.Identity.check(from.provider); err != nil {
			return Credentials{}, fmt.Errorf("%w: credentialsSecret is not set, and %w", errNoCredentials, err)
		}
		return Credentials{Identity: accounts.Identity}, nil
	}
	secret := new(corev1.Secret)
	if err := reader.Get(ctx, from.secret, secret); apierrors.IsNotFound(err) {
		accounts.Forget(from)
		return Credentials{}, fmt.Errorf("%w: there is no secret %q", errNoCredentials, from.secret.Name)
	} else if err != nil {
		return Credentials{}, err
	}
	keys := Credentials{
		ID:     string(secret.Data[v1alpha1.AccessKeyID]),
		Secret: string(secret.Data[v1alpha1.AccessKeySecret]),
		Token:  string(secret.Data[v1alpha1.SecurityToken]),
	}
	if keys.ID == "" || keys.Secret == "" {
		return Credentials{}, fmt.Errorf("%w: secret %q lacks %s or %s", errNoCredentials, from.secret.Name, v1alpha1.AccessKeyID, v1alpha1.AccessKeySecret)
	}
	return keys, nil
}

// originOf returns the source of an object's credentials: its Secret, or only the cloud
// and the region for the controller's own identity.
func originOf(release *v1alpha1.InterfaceRelease) origin {
	from := origin{provider: release.Spec.Provider, region: release.Spec.Region}
	if secret := release.Spec.CredentialsSecret; secret != nil {
		from.secret = types.NamespacedName{Namespace: release.Namespace, Name: secret.Name}
	}
	return from
}

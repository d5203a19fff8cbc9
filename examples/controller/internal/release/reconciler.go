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
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// Finalizer keeps a deleted object until what was begun for it has settled. It is
// on an object from before the first call until there is nothing left to do.
const Finalizer = "eni.cloudeni.dev/settle"

// +kubebuilder:rbac:groups=eni.cloudeni.dev,resources=interfacereleases,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=eni.cloudeni.dev,resources=interfacereleases/status,verbs=update
// +kubebuilder:rbac:groups="",resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch
// +kubebuilder:rbac:groups="",resources=events,verbs=create;patch
// +kubebuilder:rbac:groups=coordination.k8s.io,resources=leases,verbs=get;create;update,namespace=cloudeni-system

// Reconciler carries out InterfaceReleases. Set its fields before SetupWithManager.
type Reconciler struct {
	// Accounts has the clients. Required.
	Accounts *Accounts

	// Poll spaces the looks after what a cloud has accepted. Zero means from 1 s to
	// 30 s.
	Poll Delays

	// Retry spaces the attempts after failures. Zero means from 5 s to 5 min.
	Retry Delays

	// Settle bounds how long it takes until what a cloud has accepted is so. After
	// that, the call is made again. Zero means 10 min.
	Settle time.Duration

	// Timeout bounds one call or look with all that it sends again. Zero means
	// 2 min.
	Timeout time.Duration

	client client.Client
	reader client.Reader // not cached: nobody keeps the access keys of a whole cluster in memory
	events events.EventRecorder
	calls  *calls

	mu       sync.Mutex
	pursuits map[types.NamespacedName]*pursuit
}

// Delays grow from First, doubling, up to Max. Zero values mean the defaults of
// the field.
type Delays struct{ First, Max time.Duration }

// after returns the delay after the nth time, with jitter.
func (d Delays) after(n int, first, limit time.Duration) time.Duration {
	first, limit = cmp.Or(d.First, first), cmp.Or(d.Max, limit)
	delay := min(first<<min(max(n-1, 0), 16), limit)
	return delay - rand.N(delay/4+1)
}

// pursuit is one object's wish as long as something is to be done for it. It
// belongs to the reconcile of its object, of which there is one at a time.
type pursuit struct {
	object  *v1alpha1.InterfaceRelease // as it was last written
	base    *v1alpha1.InterfaceReleaseStatus
	attempt attempt      // nil when none is under way
	answer  chan attempt // of the call that is being made; nil when none is
	unsaid  bool         // the status does not tell yet what was heard
	since   time.Time    // when this attempt began
	looks   int          // after it
	due     time.Time    // of the next look or attempt
	tried   Credentials  // those that a cloud refused, or the zero ones that a Secret lacks
	barred  bool         // other credentials than those would be tried at once
	letGo   func()       // of the client
}

// SetupWithManager makes the manager run the controller.
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
	if !ok {
		return nil
	}
	return []string{release.Spec.CredentialsSecret.Name}
}

func itself(_ context.Context, name types.NamespacedName) []reconcile.Request {
	return []reconcile.Request{{NamespacedName: name}}
}

// usersOf names the objects that may be waiting for a Secret.
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

// Reconcile takes one object one step further. It waits for the API server at
// most, never for a cloud.
func (r *Reconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
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
		case over(&release.Status), deleted && !underWay(&release.Status):
			return reconcile.Result{}, r.finish(ctx, release)
		case !controllerutil.ContainsFinalizer(release, Finalizer):
			return reconcile.Result{}, r.hold(ctx, release)
		}
		p = r.pursue(release)
	}
	if p.answer != nil {
		select {
		case p.attempt = <-p.answer:
			p.answer, p.unsaid = nil, true
		default:
			return reconcile.Result{}, nil // the answer brings the object back
		}
	}
	if p.unsaid {
		if err := r.tell(ctx, p); err != nil {
			return reconcile.Result{}, r.unlessOvertaken(req.NamespacedName, err)
		}
	}
	switch {
	case p.attempt != nil:
		return r.look(ctx, p)
	case over(&p.object.Status) && !over(&release.Status) && !deleted:
		return reconcile.Result{}, nil // the cache is behind; what it gets brings the object back
	case over(&p.object.Status), deleted && !underWay(&p.object.Status):
		r.drop(req.NamespacedName)
		return reconcile.Result{}, r.finish(ctx, release)
	}
	result, err := r.begin(ctx, p, deleted)
	return result, r.unlessOvertaken(req.NamespacedName, err)
}

// pursuit returns what is being done for an object; nil means nothing. What was
// done for another one of its name is dropped.
func (r *Reconciler) pursuit(release *v1alpha1.InterfaceRelease) *pursuit {
	key := client.ObjectKeyFromObject(release)
	r.mu.Lock()
	p := r.pursuits[key]
	r.mu.Unlock()
	if p != nil && p.object.UID != release.UID {
		r.drop(key)
		return nil
	}
	return p
}

func (r *Reconciler) pursue(release *v1alpha1.InterfaceRelease) *pursuit {
	p := &pursuit{object: release}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pursuits[client.ObjectKeyFromObject(release)] = p
	return p
}

func (r *Reconciler) drop(key types.NamespacedName) {
	r.mu.Lock()
	p := r.pursuits[key]
	delete(r.pursuits, key)
	r.mu.Unlock()
	if p != nil {
		p.end()
	}
}

// end ends an attempt.
func (p *pursuit) end() {
	p.attempt = nil
	if p.letGo != nil {
		p.letGo()
		p.letGo = nil
	}
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

// finish lets go of an object that has nothing under way, and never will have: it
// can be deleted from now on also where no controller runs any more.
func (r *Reconciler) finish(ctx context.Context, release *v1alpha1.InterfaceRelease) error {
	if !controllerutil.ContainsFinalizer(release, Finalizer) {
		return nil
	}
	free := release.DeepCopy()
	controllerutil.RemoveFinalizer(free, Finalizer)
	return r.patch(ctx, release, free)
}

// patch writes metadata. Where the cache was behind, what it gets brings the
// object back.
func (r *Reconciler) patch(ctx context.Context, before, after *v1alpha1.InterfaceRelease) error {
	err := r.client.Patch(ctx, after, client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{}))
	if apierrors.IsConflict(err) {
		return nil
	}
	return client.IgnoreNotFound(err)
}

// errStuck: what a cloud accepted does not take effect.
var errStuck = errors.New("the cloud has accepted, and nothing has come of it")

// errOvertaken: somebody else has written the status, another manager or this one
// before the cache got to know of it.
var errOvertaken = errors.New("somebody else has written the status")

// unlessOvertaken drops the pursuit of an object that somebody else pursues, or
// that was seen as it is no longer. What the cache gets brings it back.
func (r *Reconciler) unlessOvertaken(key types.NamespacedName, err error) error {
	if errors.Is(err, errOvertaken) || apierrors.IsNotFound(err) {
		r.drop(key)
		return nil
	}
	return err
}

// write writes the status, provided that it is as it was last seen. Changes of
// anything else do not matter.
func (r *Reconciler) write(ctx context.Context, p *pursuit, status *v1alpha1.InterfaceReleaseStatus) error {
	for {
		if equality.Semantic.DeepEqual(&p.object.Status, status) {
			return nil
		}
		written := p.object.DeepCopy()
		written.Status = *status.DeepCopy()
		err := r.client.Status().Update(ctx, written)
		if err == nil {
			p.object = written
			return nil
		}
		if !apierrors.IsConflict(err) {
			return err
		}
		live := new(v1alpha1.InterfaceRelease)
		if err := r.reader.Get(ctx, client.ObjectKeyFromObject(written), live); err != nil {
			return err
		}
		if live.UID != p.object.UID || !equality.Semantic.DeepEqual(live.Status, p.object.Status) {
			return errOvertaken
		}
		p.object = live
	}
}

// begin begins an attempt when it is due. The status says so before anything is
// sent: whoever finds it after a crash knows that something may be under way, and
// who has an outdated object learns that here.
func (r *Reconciler) begin(ctx context.Context, p *pursuit, deleted bool) (reconcile.Result, error) {
	wait := time.Until(p.due)
	if wait > 0 && !p.barred {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	keys, err := r.credentials(ctx, p.object)
	if err != nil && !errors.Is(err, errNoCredentials) {
		return reconcile.Result{}, err
	}
	if wait > 0 && keys == p.tried {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	key := client.ObjectKeyFromObject(p.object)
	if err != nil {
		if deleted { // nobody will ever know
			r.events.Eventf(p.object, nil, corev1.EventTypeWarning, "LetGo", "Release", "deleted while something may be under way: %v", err)
			r.drop(key)
			return reconcile.Result{}, r.finish(ctx, p.object)
		}
		p.tried, p.barred = Credentials{}, true
		return r.postpone(ctx, p, begun(p.object), v1alpha1.ReasonCredentials, err)
	}
	status := begun(p.object)
	status.Phase = next(status)
	declare(status, goesOn, v1alpha1.ReasonUnderWay, "a call is being made")
	if err := r.write(ctx, p, status); err != nil {
		return reconcile.Result{}, err
	}
	account, letGo, err := r.Accounts.Use(originOf(p.object), keys)
	if err != nil {
		return reconcile.Result{}, r.giveUp(ctx, p, status, reason(eni.ErrInvalid), err)
	}
	p.letGo, p.base, p.tried, p.barred = letGo, status, keys, false
	p.since, p.looks = time.Now(), 0
	p.attempt = plan(account, &p.object.Spec, status)
	return reconcile.Result{}, r.goOn(ctx, p)
}

// look looks after an attempt when that is due.
func (r *Reconciler) look(ctx context.Context, p *pursuit) (reconcile.Result, error) {
	if wait := time.Until(p.due); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	return reconcile.Result{}, r.goOn(ctx, p)
}

// goOn has the calls and looks of the attempt made, on another goroutine.
func (r *Reconciler) goOn(ctx context.Context, p *pursuit) error {
	under, answer := p.attempt, make(chan attempt, 1)
	timeout := cmp.Or(r.Timeout, 2*time.Minute)
	err := r.calls.begin(ctx, job{object: client.ObjectKeyFromObject(p.object), run: func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		under.goOn(ctx)
		answer <- under
	}})
	if err == nil {
		p.answer = answer
	}
	return err
}

// tell writes what was heard, and what follows from it.
func (r *Reconciler) tell(ctx context.Context, p *pursuit) error {
	status, err := heard(p.base, p.attempt), p.attempt.err()
	status.ObservedGeneration = p.object.Generation
	stuck := !p.attempt.over() && time.Since(p.since) > cmp.Or(r.Settle, 10*time.Minute)
	if !p.attempt.over() && !stuck {
		declare(status, goesOn, v1alpha1.ReasonSettling, "the cloud has accepted; it is not yet so")
		if err != nil {
			failure(status, reason(eni.KindOf(err)), err)
		}
		if err := r.write(ctx, p, status); err != nil {
			return err
		}
		p.looks++
		p.unsaid, p.due = false, time.Now().Add(r.Poll.after(p.looks, time.Second, 30*time.Second))
		return nil
	}
	switch {
	case stuck:
		cause := errStuck
		if err != nil {
			cause = fmt.Errorf("%w: %w", errStuck, err)
		}
		if _, err := r.postpone(ctx, p, status, v1alpha1.ReasonStuck, cause); err != nil {
			return err
		}
	case err == nil && next(status) == v1alpha1.Done:
		status.Phase, status.Failures = v1alpha1.Done, 0
		declare(status, isSo, v1alpha1.ReasonDone, "what was asked for is so")
		if err := r.write(ctx, p, status); err != nil {
			return err
		}
		r.events.Eventf(p.object, nil, corev1.EventTypeNormal, v1alpha1.ReasonDone, "Release", "%s released from %s", status.Released, p.object.Spec.InterfaceID)
	case err == nil:
		status.Phase, status.Failures = next(status), 0
		declare(status, goesOn, v1alpha1.ReasonWaiting, "the next call is about to be made")
		if err := r.write(ctx, p, status); err != nil {
			return err
		}
		p.due = time.Time{}
	case eni.IsRetryable(err), awaitsCredentials(err):
		p.barred = awaitsCredentials(err)
		if _, err := r.postpone(ctx, p, status, reason(eni.KindOf(err)), err); err != nil {
			return err
		}
	default:
		return r.giveUp(ctx, p, status, reason(eni.KindOf(err)), err)
	}
	p.unsaid = false
	p.end()
	return nil
}

// postpone records a failure that can pass, and when to try again.
func (r *Reconciler) postpone(ctx context.Context, p *pursuit, status *v1alpha1.InterfaceReleaseStatus, why string, cause error) (reconcile.Result, error) {
	status.Failures++
	failure(status, why, cause)
	declare(status, goesOn, why, line(cause))
	if err := r.write(ctx, p, status); err != nil {
		return reconcile.Result{}, err
	}
	delay := r.Retry.after(int(status.Failures), 5*time.Second, 5*time.Minute)
	p.due = time.Now().Add(delay)
	r.events.Eventf(p.object, nil, corev1.EventTypeWarning, why, "Release", "%s; trying again", line(cause))
	return reconcile.Result{RequeueAfter: delay}, nil
}

// giveUp records a failure that cannot pass, and returns it as one that is not
// worth another reconcile.
func (r *Reconciler) giveUp(ctx context.Context, p *pursuit, status *v1alpha1.InterfaceReleaseStatus, why string, cause error) error {
	status.Phase = v1alpha1.Failed
	status.Failures++
	failure(status, why, cause)
	declare(status, hopeless, why, line(cause))
	if err := r.write(ctx, p, status); err != nil {
		return err
	}
	r.events.Eventf(p.object, nil, corev1.EventTypeWarning, why, "Release", "%s", line(cause))
	p.unsaid = false
	p.end()
	return reconcile.TerminalError(cause)
}

// errNoCredentials: the Secret is missing or incomplete.
var errNoCredentials = errors.New("no credentials")

// credentials reads the Secret.
func (r *Reconciler) credentials(ctx context.Context, release *v1alpha1.InterfaceRelease) (Credentials, error) {
	from := originOf(release)
	secret := new(corev1.Secret)
	if err := r.reader.Get(ctx, from.secret, secret); apierrors.IsNotFound(err) {
		r.Accounts.Forget(from)
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

func originOf(release *v1alpha1.InterfaceRelease) origin {
	return origin{
		secret:   types.NamespacedName{Namespace: release.Namespace, Name: release.Spec.CredentialsSecret.Name},
		provider: release.Spec.Provider,
		region:   release.Spec.Region,
	}
}

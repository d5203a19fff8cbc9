// SPDX-License-Identifier: Apache-2.0

package release

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/examples/controller/api/v1alpha1"
)

// pursuit is the work for one object. Only the reconcile of its object uses it, and
// there is one at a time.
type pursuit struct {
	object  *v1alpha1.InterfaceRelease // as it was last written
	base    *v1alpha1.InterfaceReleaseStatus
	attempt attempt      // nil if none is in progress
	answer  chan attempt // receives the result of the call in progress; nil if there is none
	dirty   bool         // the status does not have the results yet
	since   time.Time    // when this attempt began
	polls   int          // of this attempt
	due     time.Time    // of the next poll or attempt
	tried   Credentials  // credentials that a cloud refused; zero if the Secret has none
	barred  bool         // with other credentials than tried, the next attempt begins at once
	unuse   func()       // ends the use of the client
}

// pursuit returns the pursuit of an object, or nil. The pursuit of an earlier object
// with the same name is dropped.
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
	if p.unuse != nil {
		p.unuse()
		p.unuse = nil
	}
}

// errStuck: a cloud accepted a change and does not complete it.
var errStuck = errors.New("the cloud accepted the change and did not complete it")

// errOvertaken: another manager has written the status, or this one has and the cache
// does not show it yet.
var errOvertaken = errors.New("the status was changed meanwhile")

// unlessOvertaken drops the pursuit of an object whose status was changed meanwhile.
// The update of the cache brings the object back.
func (r *Reconciler) unlessOvertaken(key types.NamespacedName, err error) error {
	if errors.Is(err, errOvertaken) || apierrors.IsNotFound(err) {
		r.drop(key)
		return nil
	}
	return err
}

// write writes the status if it was not changed since it was read. Other changes of the
// object do not matter.
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

// begin begins an attempt when it is due. It writes the status before it sends
// anything: after a crash the status shows that a call may be in progress, and with an
// outdated object the write fails.
func (r *Reconciler) begin(ctx context.Context, p *pursuit, deleted bool) (reconcile.Result, error) {
	wait := time.Until(p.due)
	if wait > 0 && !p.barred {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	keys, err := keysOf(ctx, r.Accounts, r.reader, originOf(p.object))
	if err != nil && !errors.Is(err, errNoCredentials) {
		return reconcile.Result{}, err
	}
	if wait > 0 && keys == p.tried {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	key := client.ObjectKeyFromObject(p.object)
	if err != nil {
		if deleted { // the object can no longer be retried
			r.events.Eventf(p.object, nil, corev1.EventTypeWarning, "Abandoned", "Release", "deleted while a change may be in progress: %v", err)
			r.drop(key)
			return r.finish(ctx, p.object)
		}
		p.tried, p.barred = Credentials{}, true
		return r.postpone(ctx, p, begun(p.object), v1alpha1.ReasonCredentials, err)
	}
	status := begun(p.object)
	status.Phase = next(status)
	declare(status, progressing, v1alpha1.ReasonInProgress, "a call is in progress")
	if err := r.write(ctx, p, status); err != nil {
		return reconcile.Result{}, err
	}
	account, unuse, err := r.Accounts.Use(originOf(p.object), keys)
	if err != nil {
		return reconcile.Result{}, r.giveUp(ctx, p, status, reason(eni.ErrInvalid), err)
	}
	p.unuse, p.base, p.tried, p.barred = unuse, status, keys, false
	p.since, p.polls = time.Now(), 0
	p.attempt = plan(account, &p.object.Spec, status)
	return reconcile.Result{}, r.advance(ctx, p)
}

// poll polls an attempt when it is due.
func (r *Reconciler) poll(ctx context.Context, p *pursuit) (reconcile.Result, error) {
	if wait := time.Until(p.due); wait > 0 {
		return reconcile.Result{RequeueAfter: wait}, nil
	}
	return reconcile.Result{}, r.advance(ctx, p)
}

// advance starts the calls and polls of the attempt on another goroutine.
func (r *Reconciler) advance(ctx context.Context, p *pursuit) error {
	current, answer := p.attempt, make(chan attempt, 1)
	timeout := cmp.Or(r.Timeout, 2*time.Minute)
	err := r.calls.begin(ctx, job{object: client.ObjectKeyFromObject(p.object), run: func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		current.advance(ctx)
		answer <- current
	}})
	if err == nil {
		p.answer = answer
	}
	return err
}

// record writes the results of the attempt so far, and decides what follows.
func (r *Reconciler) record(ctx context.Context, p *pursuit) error {
	status, err := merged(p.base, p.attempt), p.attempt.err()
	status.ObservedGeneration = p.object.Generation
	stuck := !p.attempt.over() && time.Since(p.since) > cmp.Or(r.StuckAfter, 10*time.Minute)
	if !p.attempt.over() && !stuck {
		declare(status, progressing, v1alpha1.ReasonAccepted, "the cloud accepted the change, which is not complete yet")
		if err != nil {
			failure(status, reason(kindOf(err)), err)
		}
		if err := r.write(ctx, p, status); err != nil {
			return err
		}
		p.polls++
		p.dirty, p.due = false, time.Now().Add(r.Poll.after(p.polls, time.Second, 30*time.Second))
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
		declare(status, ready, v1alpha1.ReasonDone, "everything is done")
		if err := r.write(ctx, p, status); err != nil {
			return err
		}
		r.events.Eventf(p.object, nil, corev1.EventTypeNormal, v1alpha1.ReasonDone, "Release", "%s", achieved(p.object, status))
	case err == nil:
		status.Phase, status.Failures = next(status), 0
		declare(status, progressing, v1alpha1.ReasonWaiting, "the next call begins soon")
		if err := r.write(ctx, p, status); err != nil {
			return err
		}
		p.due = time.Time{}
	case passes(err), awaitsCredentials(err):
		p.barred = awaitsCredentials(err)
		if _, err := r.postpone(ctx, p, status, reason(kindOf(err)), err); err != nil {
			return err
		}
	default:
		return r.giveUp(ctx, p, status, reason(kindOf(err)), err)
	}
	p.dirty = false
	p.end()
	return nil
}

// achieved returns the text of the Event for a finished object.
func achieved(object *v1alpha1.InterfaceRelease, status *v1alpha1.InterfaceReleaseStatus) string {
	if object.Spec.Delete {
		return fmt.Sprintf("%s no longer exists", object.Spec.InterfaceID)
	}
	return fmt.Sprintf("%s released from %s", status.Released, object.Spec.InterfaceID)
}

// postpone records a transient failure, and when to retry. Only the first of several
// consecutive failures for the same cause makes an Event.
func (r *Reconciler) postpone(ctx context.Context, p *pursuit, status *v1alpha1.InterfaceReleaseStatus, why string, cause error) (reconcile.Result, error) {
	known := status.Failures > 0 && sameCause(status.LastError, why, cause)
	status.Failures++
	failure(status, why, cause)
	declare(status, progressing, why, line(cause))
	if err := r.write(ctx, p, status); err != nil {
		return reconcile.Result{}, err
	}
	delay := r.Retry.after(int(status.Failures), 5*time.Second, 5*time.Minute)
	p.due = time.Now().Add(delay)
	if !known {
		r.events.Eventf(p.object, nil, corev1.EventTypeWarning, why, "Release", "%s", line(cause))
	}
	return reconcile.Result{RequeueAfter: delay}, nil
}

// giveUp records a final failure. It is not a failure of the controller, so the log has
// it at INFO.
func (r *Reconciler) giveUp(ctx context.Context, p *pursuit, status *v1alpha1.InterfaceReleaseStatus, why string, cause error) error {
	status.Phase = v1alpha1.Failed
	status.Failures++
	failure(status, why, cause)
	declare(status, failed, why, line(cause))
	if err := r.write(ctx, p, status); err != nil {
		return err
	}
	r.events.Eventf(p.object, nil, corev1.EventTypeWarning, why, "Release", "%s", line(cause))
	ctrl.LoggerFrom(ctx).Info("a retry cannot succeed", "error", cause)
	p.dirty = false
	p.end()
	return nil
}
